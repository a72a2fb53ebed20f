package dev.streamgauge.core.tenant;

import dev.streamgauge.core.snapshot.MetricType;
import java.util.stream.IntStream;

/**
 * How long a series of each type is kept after its last fold, in seconds; 0 means forever. After that time the series
 * is no longer exposed, and its next sample starts it again.
 *
 * <p>The time is measured up to the tenant's watermark: the moment up to which everything admitted for the tenant has
 * been folded. So an outage of the aggregators expires nothing.
 *
 * @param counterSeconds of counters
 * @param gaugeSeconds of gauges
 * @param histogramSeconds of histograms
 * @param summarySeconds of summaries
 */
public record SeriesExpiry(int counterSeconds, int gaugeSeconds, int histogramSeconds, int summarySeconds) {

    /** Keeps every series forever. */
    public static final SeriesExpiry NEVER = new SeriesExpiry(0, 0, 0, 0);

    /** The seconds for series of that type; 0 means forever. */
    public int secondsOf(MetricType type) {
        return switch (type) {
            case COUNTER -> counterSeconds;
            case GAUGE -> gaugeSeconds;
            case HISTOGRAM -> histogramSeconds;
            case SUMMARY -> summarySeconds;
        };
    }

    /** Whether a series of that type has expired. */
    public boolean isOver(MetricType type, long updatedSeconds, long watermarkSeconds) {
        int seconds = secondsOf(type);
        return seconds > 0 && watermarkSeconds - updatedSeconds > seconds;
    }

    /** The shortest time that is not 0 (forever); 0 if there is none. */
    public int shortestSeconds() {
        return IntStream.of(counterSeconds, gaugeSeconds, histogramSeconds, summarySeconds)
                .filter(seconds -> seconds > 0)
                .min()
                .orElse(0);
    }
}
