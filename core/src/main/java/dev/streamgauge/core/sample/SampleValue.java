package dev.streamgauge.core.sample;

import dev.streamgauge.core.distribution.BucketLayout;

/** What a sample says was seen. All numbers are finite. */
public sealed interface SampleValue {

    /** Number of values, as the ingestion rate counts them: 1 unless there are several raw values. */
    default int valueCount() {
        return this instanceof Observations(double[] values) ? values.length : 1;
    }

    /** The increment of a counter (not negative), or the value of a gauge. */
    record Scalar(double value) implements SampleValue {}

    /** Raw values for a histogram or a summary; at least one. The array is not copied: read only. */
    record Observations(double[] values) implements SampleValue {}

    /**
     * A histogram's values, already counted. The array is not copied: read only.
     *
     * @param layout the buckets counted into
     * @param counts values per bucket, not cumulative, the last for {@code +Inf}; each 0 to 2^53
     * @param sum sum of the values
     */
    record BucketCounts(BucketLayout layout, long[] counts, double sum) implements SampleValue {}
}
