package dev.streamgauge.core.snapshot;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import java.time.Instant;

/**
 * What a scrape shows of one series: computed once, immutable, and the same for every exposition format.
 *
 * <p>The alternatives are shapes that a format must know, not kinds of aggregation: a kind chooses the shape that fits
 * its values. Whatever else a format may show of a series, such as exemplars, belongs here.
 */
public sealed interface SeriesSnapshot {

    /** For {@link #created}: not known. */
    Instant UNKNOWN = Instant.EPOCH;

    /** When the series began, or {@link #UNKNOWN}. */
    Instant created();

    /** One number. */
    record Value(Instant created, double value) implements SeriesSnapshot {}

    /**
     * Counts per bucket. The array is not copied: read only.
     *
     * @param counts values per bucket, not cumulative, the last for {@code +Inf}
     * @param sum sum of all values
     */
    record Buckets(Instant created, BucketLayout layout, double[] counts, double sum) implements SeriesSnapshot {}

    /**
     * Values at some quantiles. The array is not copied: read only.
     *
     * @param values the value at each of the quantiles; NaN if there is none
     * @param sum sum of all values
     * @param count number of all values
     */
    record QuantileValues(Instant created, Quantiles quantiles, double[] values, double sum, double count)
            implements SeriesSnapshot {}
}
