package dev.streamgauge.redis.registry;

import java.util.List;

/**
 * A page of the names of a tenant's families. It may be empty, and a name may be on two pages while the hash shrinks.
 *
 * @param cursor to read on from
 */
public record FamilyNames(List<String> names, String cursor) {

    /** Whether no page follows. */
    public boolean isLast() {
        return cursor.equals(SeriesPage.END);
    }
}
