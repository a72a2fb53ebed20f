package dev.streamgauge.redis.sweep;

import dev.streamgauge.redis.registry.SeriesPage;

/**
 * What came of sweeping a page of a family.
 *
 * @param cursor where the next page begins, or {@link SeriesPage#END}
 * @param series series that expired and went
 * @param families 1 if the family went with the last of them
 */
public record SweptPage(String cursor, int series, int families) {

    /** Whether no page follows. */
    public boolean isLast() {
        return cursor.equals(SeriesPage.END);
    }
}
