package dev.streamgauge.redis.sweep;

import dev.streamgauge.redis.registry.SeriesPage;
import java.time.Duration;
import java.util.Optional;

/**
 * What came of sweeping a page of a family.
 *
 * @param cursor where the next page begins, or {@link SeriesPage#END}
 * @param series series that expired and went
 * @param families 1 if the family went with the last of them
 * @param due when the next of its other series may go; empty if none ever does
 * @param bytesLeft estimated bytes of the series that are left on the page, and on the first page those of the family;
 *     negative if the family was counted with an earlier page and went
 * @param bytesRemoved estimated bytes of what went
 */
public record SweptPage(
        String cursor, int series, int families, Optional<Duration> due, long bytesLeft, long bytesRemoved) {

    /** Whether no page follows. */
    public boolean isLast() {
        return cursor.equals(SeriesPage.END);
    }
}
