package dev.streamgauge.core.tenant;

import dev.streamgauge.core.family.MetricType;
import java.util.stream.IntStream;

/**
 * How long a series of each type is kept after it was last folded, in seconds; 0 is forever. When it is over, the series
 * is shown no more, and with its next sample it starts again.
 *
 * <p>The time runs up to the tenant's watermark: the moment up to which everything that was admitted of the tenant is
 * folded. So nothing expires because aggregators were away.
 *
 * @param counterSeconds of counters
 * @param gaugeSeconds of gauges
 * @param histogramSeconds of histograms
 * @param summarySeconds of summaries
 */
public record SeriesExpiry(int counterSeconds, int gaugeSeconds, int histogramSeconds, int summarySeconds) {

    /** Keeps every series forever. */
    public static final SeriesExpiry NEVER = new SeriesExpiry(0, 0, 0, 0);

    /** The seconds for series of that type; 0 is forever. */
    public int secondsOf(MetricType type) {
        return switch (type) {
            case COUNTER -> counterSeconds;
            case GAUGE -> gaugeSeconds;
            case HISTOGRAM -> histogramSeconds;
            case SUMMARY -> summarySeconds;
        };
    }

    /** Whether a series of that type is over. */
    public boolean isOver(MetricType type, long updatedSeconds, long watermarkSeconds) {
        int seconds = secondsOf(type);
        return seconds > 0 && watermarkSeconds - updatedSeconds > seconds;
    }

    /** The shortest of the times that are not forever; 0 if all are. */
    public int shortestSeconds() {
        return IntStream.of(counterSeconds, gaugeSeconds, histogramSeconds, summarySeconds)
                .filter(seconds -> seconds > 0)
                .min()
                .orElse(0);
    }
}
