package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.snapshot.MetricType;
import java.nio.ByteBuffer;

/**
 * What a batch of samples adds to one series: live state of one aggregator, merged in memory, then packed and folded
 * into the registry by the fold script.
 *
 * <p>Merging is commutative and associative, and a new delta is its identity, so any aggregator may fold any entry in
 * any order. The packed form is also the body of a {@link dev.streamgauge.core.registry.StoredSeries}; all numbers are
 * big-endian. Not thread-safe.
 */
public sealed interface SeriesDelta permits CounterDelta, GaugeDelta, HistogramDelta, SummaryDelta {

    /** The identity of merging for a series of that type; the layout matters to histograms only. */
    static SeriesDelta empty(MetricType type, BucketLayout layout) {
        return switch (type) {
            case COUNTER -> new CounterDelta();
            case GAUGE -> new GaugeDelta();
            case HISTOGRAM -> new HistogramDelta(layout);
            case SUMMARY -> new SummaryDelta();
        };
    }

    /**
     * Reads the packed form at the buffer's position.
     *
     * @throws java.nio.BufferUnderflowException if it is cut short
     * @throws IllegalArgumentException if it contains a number that no fold writes and no scrape may show
     */
    static SeriesDelta unpack(MetricType type, BucketLayout layout, ByteBuffer in) {
        return switch (type) {
            case COUNTER -> CounterDelta.unpack(in);
            case GAUGE -> GaugeDelta.unpack(in);
            case HISTOGRAM -> HistogramDelta.unpack(layout, in);
            case SUMMARY -> SummaryDelta.unpack(in);
        };
    }

    /**
     * Reads a count at the buffer's position.
     *
     * @throws IllegalArgumentException if it is not a whole number from 0 to 2^53
     */
    static double unpackCount(ByteBuffer in) {
        double count = in.getDouble();
        if (!(count >= 0 && count <= 0x1p53 && count == Math.rint(count))) {
            throw new IllegalArgumentException("series value: an invalid count");
        }
        return count;
    }

    /**
     * Adds the other delta, which is not changed.
     *
     * @throws IllegalArgumentException if its kind or layout differs
     */
    void merge(SeriesDelta other);

    /** Length of {@link #pack} in bytes. */
    int packedLength();

    /** Writes the packed form at the buffer's position. */
    void pack(ByteBuffer out);

    /** The packed form, and what else the fold script must know of the delta. */
    default byte[] packedForFold() {
        return packed();
    }

    /** The packed form. */
    default byte[] packed() {
        ByteBuffer out = ByteBuffer.allocate(packedLength());
        pack(out);
        return out.array();
    }
}
