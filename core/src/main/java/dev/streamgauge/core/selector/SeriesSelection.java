package dev.streamgauge.core.selector;

import dev.streamgauge.core.sample.CanonicalLabels;
import java.util.List;

/** The series that at least one of some selectors selects. */
public record SeriesSelection(List<SeriesSelector> selectors) {

    /** Maximum number of selectors of one selection. */
    public static final int MAX_SELECTORS = 50;

    /**
     * Instructions of all expressions together: each character of a label may be tried against each of them, so that
     * one series takes up to a fifth of a second.
     */
    public static final int MAX_SIZE = 10_000;

    public SeriesSelection {
        selectors = List.copyOf(selectors);
        if (selectors.isEmpty() || selectors.size() > MAX_SELECTORS) {
            throw new IllegalArgumentException(selectors.size() + " selectors, must be 1 to " + MAX_SELECTORS);
        }
    }

    /** Whether comparing series with all of these selectors would take too long. */
    public static boolean isTooLarge(List<SeriesSelector> selectors) {
        return selectors.stream().mapToInt(SeriesSelector::size).sum() > MAX_SIZE;
    }

    /** What is selected of a family. */
    public sealed interface Part {

        /** Nothing. */
        record Nothing() implements Part {}

        /** All of it, whatever its series are. */
        record Everything() implements Part {}

        /** The series that one of the selectors selects by their labels; there may be none. */
        record Some(List<SeriesSelector> selectors) implements Part {

            public Some {
                selectors = List.copyOf(selectors);
            }

            /** Whether a series of the family is selected. Labels that are not canonical never are. */
            public boolean has(CanonicalLabels series) {
                return series.findLabels()
                        .filter(labels -> selectors.stream().anyMatch(each -> each.matchesLabels(labels)))
                        .isPresent();
            }
        }
    }

    /** What is selected of the family of that name. */
    public Part partOf(String family) {
        List<SeriesSelector> named =
                selectors.stream().filter(each -> each.matchesName(family)).toList();
        if (named.isEmpty()) {
            return new Part.Nothing();
        }
        return named.stream().anyMatch(SeriesSelector::takesWholeFamilies)
                ? new Part.Everything()
                : new Part.Some(named);
    }
}
