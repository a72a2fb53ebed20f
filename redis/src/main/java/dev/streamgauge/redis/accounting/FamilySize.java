package dev.streamgauge.redis.accounting;

import java.util.Comparator;

/**
 * A metric family and how many series it has; the largest come first.
 *
 * @param name of the family
 * @param series registered in it
 */
public record FamilySize(String name, long series) implements Comparable<FamilySize> {

    private static final Comparator<FamilySize> LARGEST_FIRST =
            Comparator.comparingLong(FamilySize::series).reversed().thenComparing(FamilySize::name);

    @Override
    public int compareTo(FamilySize other) {
        return LARGEST_FIRST.compare(this, other);
    }
}
