package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.DoubleDouble;
import java.nio.ByteBuffer;

/**
 * Histogram: the counts per bucket of the family's layout add up, and so does the sum. Packed: f64 high and f64 low
 * part of the compensated sum, then one f64 per bucket, not cumulative.
 *
 * <p>Because counts are not stored cumulatively, a bucket can never be shown below its predecessor. A count stays at
 * 2^53, the last integer that a double can count to, once it is there.
 */
public final class HistogramDelta implements SeriesDelta {

    private static final double MAX_COUNT = 0x1p53;

    private final BucketLayout layout;
    private final DoubleDouble sum;
    private final double[] counts;

    public HistogramDelta(BucketLayout layout) {
        this(layout, new DoubleDouble());
    }

    private HistogramDelta(BucketLayout layout, DoubleDouble sum) {
        this.layout = layout;
        this.sum = sum;
        this.counts = new double[layout.bucketCount()];
    }

    static HistogramDelta unpack(BucketLayout layout, ByteBuffer in) {
        HistogramDelta histogram = new HistogramDelta(layout, DoubleDouble.unpack(in));
        for (int i = 0; i < histogram.counts.length; i++) {
            histogram.counts[i] = SeriesDelta.unpackCount(in);
        }
        return histogram;
    }

    /** Counts one finite value. */
    public void observe(double value) {
        addCount(layout.bucketOf(value), 1);
        sum.add(value);
    }

    /** Adds to the sum of the values, for counts that come with a sum of their own. */
    public void addSum(double value) {
        sum.add(value);
    }

    /** Adds to one bucket's count. */
    public void addCount(int bucket, double count) {
        counts[bucket] = Math.min(counts[bucket] + count, MAX_COUNT);
    }

    @Override
    public void merge(SeriesDelta other) {
        if (!(other instanceof HistogramDelta histogram) || !histogram.layout.equals(layout)) {
            throw new IllegalArgumentException("a histogram merges with one of the same layout only");
        }
        sum.add(histogram.sum);
        for (int i = 0; i < counts.length; i++) {
            addCount(i, histogram.counts[i]);
        }
    }

    /** The buckets. */
    public BucketLayout layout() {
        return layout;
    }

    /** Values in one bucket, not cumulative. */
    public double count(int bucket) {
        return counts[bucket];
    }

    /** Sum of all values. */
    public double sum() {
        return sum.value();
    }

    @Override
    public int packedLength() {
        return (2 + counts.length) * Double.BYTES;
    }

    @Override
    public void pack(ByteBuffer out) {
        out.putDouble(sum.high()).putDouble(sum.low());
        for (double count : counts) {
            out.putDouble(count);
        }
    }
}
