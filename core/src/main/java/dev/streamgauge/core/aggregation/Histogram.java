package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.DoubleDouble;
import dev.streamgauge.core.sample.BrokenRule;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.sample.SampleValue.BucketCounts;
import dev.streamgauge.core.sample.SampleValue.Observations;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.snapshot.SeriesSnapshot;
import dev.streamgauge.core.stream.ByteSink;
import dev.streamgauge.core.stream.ByteSource;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.text.Excerpt;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Histogram: the counts per bucket of the family's layout add up, and so does the sum. A sample has raw values, or
 * values already counted.
 *
 * <p>In an entry: varint number of bounds, then bounds as f64; of a sample varint number of raw values, then values as
 * f64; or varint 0, f64 sum, and a varint count for each bucket of the family. In a family's row: u16 number of bounds,
 * then bounds as f64.
 *
 * <p>Packed: f64 high and f64 low part of the compensated sum, then one f64 per bucket, not cumulative. Because counts
 * are not stored cumulatively, a bucket can never be shown below its predecessor.
 *
 * @param layout the buckets
 */
public record Histogram(BucketLayout layout) implements Aggregation {

    /** The kind. */
    public static final AggregationKind KIND = new Kind();

    /** With the buckets that a family has if its first sample names none. */
    public static final Histogram DEFAULT = new Histogram(BucketLayout.DEFAULT);

    /** Maximum number of bounds in an entry, regardless of the limits when it was admitted. */
    private static final int MAX_BOUNDS = 10_000;

    private static final int BUCKETS_PER_UNIT = 6;

    private static final class Kind implements AggregationKind {

        @Override
        public String name() {
            return "histogram";
        }

        @Override
        public char code() {
            return 'h';
        }

        @Override
        public String storedCodes() {
            return "h";
        }

        @Override
        public MetricType type() {
            return MetricType.HISTOGRAM;
        }

        @Override
        public String reservedLabel() {
            return "le";
        }

        @Override
        public List<String> seriesSuffixes() {
            return List.of("_bucket", "_sum", "_count");
        }

        @Override
        public Aggregation parse(SampleDraft draft, TenantLimits limits) {
            double[] bounds = draft.buckets();
            Histogram histogram = bounds == null ? DEFAULT : new Histogram(layout(bounds, limits));
            DraftFields.rejectQuantiles(draft, this);
            return histogram;
        }

        private static BucketLayout layout(double[] bounds, TenantLimits limits) {
            if (bounds.length > limits.maxBucketsPerHistogram()) {
                throw new BrokenRule(
                        Reason.MAX_BUCKETS_PER_HISTOGRAM,
                        "buckets: " + bounds.length + " given, at most " + limits.maxBucketsPerHistogram());
            }
            if (bounds.length == 0) {
                throw new BrokenRule(
                        Reason.BUCKETS_INVALID, "buckets: empty; give at least one bound, or leave the field out");
            }
            return BucketLayout.of(bounds)
                    .orElseThrow(() -> new BrokenRule(
                            Reason.BUCKETS_INVALID,
                            "buckets: bounds must be finite and strictly ascending; +Inf is implied"));
        }

        @Override
        public Aggregation readParameters(ByteSource in) throws MalformedEntryException {
            return BucketLayout.of(in.readFinites(in.readIndex(MAX_BOUNDS)))
                    .map(Histogram::new)
                    .orElseThrow(() -> new MalformedEntryException("bounds not ascending"));
        }

        @Override
        public Aggregation unpackParameters(ByteBuffer in) {
            return BucketLayout.of(BinaryForms.unpackDoubles(in))
                    .map(Histogram::new)
                    .orElseThrow(() -> new IllegalArgumentException("family row: malformed"));
        }
    }

    @Override
    public AggregationKind kind() {
        return KIND;
    }

    @Override
    public SampleValue validate(SampleDraft draft, TenantLimits limits) {
        double[] counts = draft.counts();
        return counts == null ? DraftFields.observations(draft, limits) : counted(counts, draft.sum());
    }

    private SampleValue counted(double[] counts, @Nullable Double sum) {
        if (sum == null) {
            throw new BrokenRule(Reason.MISSING_FIELD, "sum: missing; counts need the sum of their values");
        }
        if (counts.length != layout.bucketCount()) {
            throw new BrokenRule(
                    Reason.BUCKETS_INVALID,
                    "counts: " + counts.length + " given, " + layout.bucketCount()
                            + " needed, one a bucket and the last for +Inf");
        }
        long[] whole = new long[counts.length];
        boolean isEmpty = true;
        for (int i = 0; i < counts.length; i++) {
            if (!(counts[i] >= 0 && counts[i] <= BinaryForms.MAX_COUNT && counts[i] == Math.rint(counts[i]))) {
                throw new BrokenRule(Reason.VALUE_INVALID, "counts: each must be a whole number from 0 to 2^53");
            }
            whole[i] = (long) counts[i];
            isEmpty &= whole[i] == 0;
        }
        if (isEmpty && sum != 0) {
            throw new BrokenRule(Reason.VALUE_INVALID, "sum: must be 0, since all counts are 0");
        }
        return new BucketCounts(layout, whole, DraftFields.finite("sum", sum));
    }

    @Override
    public SampleValue validateNumbers(double[] values, TenantLimits limits) {
        return DraftFields.observations(values, limits);
    }

    /** Raw values fit any layout; counts fit only a layout whose bounds are all among their own. */
    @Override
    public SampleValue convert(SampleValue value, String family) {
        if (!(value instanceof BucketCounts(BucketLayout source, long[] counts, double sum))) {
            return value;
        }
        Optional<long[]> rebucketed = layout.rebucket(source, counts);
        if (rebucketed.isEmpty()) {
            throw new BrokenRule(
                    Reason.BUCKET_LAYOUT_CONFLICT,
                    "buckets: counts need every bound of " + Excerpt.of(family) + ", which has "
                            + Excerpt.of(layout.toString()));
        }
        return new BucketCounts(layout, rebucketed.get(), sum);
    }

    @Override
    public void writeParameters(ByteSink out) {
        out.writeVarint(layout.boundCount());
        for (int i = 0; i < layout.boundCount(); i++) {
            out.writeDouble(layout.bound(i));
        }
    }

    @Override
    public void writeSample(ByteSink out, SampleValue value, int index, long timestampMillis) {
        switch (value) {
            case Observations(double[] values) -> BinaryForms.writeObservations(out, values);
            case BucketCounts(var source, long[] counts, double sum) -> {
                out.writeVarint(0);
                out.writeDouble(sum);
                for (long count : counts) {
                    out.writeVarint(count);
                }
            }
            case SampleValue.Scalar scalar -> throw BinaryForms.unexpected(scalar, KIND);
        }
    }

    @Override
    public byte[] packParameters() {
        return BinaryForms.packDoubles(layout.boundCount(), layout::bound);
    }

    @Override
    public int seriesUnits() {
        return 1 + Math.ceilDiv(layout.bucketCount(), BUCKETS_PER_UNIT);
    }

    @Override
    public Delta newDelta() {
        return new Delta(layout);
    }

    @Override
    public SeriesDelta unpack(int storedCode, ByteBuffer in) {
        Delta histogram = new Delta(layout, DoubleDouble.unpack(in));
        for (int i = 0; i < histogram.counts.length; i++) {
            histogram.counts[i] = BinaryForms.unpackCount(in);
        }
        return histogram;
    }

    /** A count per bucket, and a sum. A count stays at 2^53 once it is there. */
    public static final class Delta implements SeriesDelta {

        private final BucketLayout layout;
        private final DoubleDouble sum;
        private final double[] counts;

        public Delta(BucketLayout layout) {
            this(layout, new DoubleDouble());
        }

        private Delta(BucketLayout layout, DoubleDouble sum) {
            this.layout = layout;
            this.sum = sum;
            this.counts = new double[layout.bucketCount()];
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
            counts[bucket] = Math.min(counts[bucket] + count, BinaryForms.MAX_COUNT);
        }

        @Override
        public int addSample(ByteSource in, EntryId entry) throws MalformedEntryException {
            int values = in.readCount();
            if (values == 0) {
                addSum(in.readFinite());
                for (int i = 0; i < counts.length; i++) {
                    addCount(i, (double) in.readVarint());
                }
            }
            for (int i = 0; i < values; i++) {
                observe(in.readFinite());
            }
            return 0;
        }

        @Override
        public void merge(SeriesDelta other) {
            if (!(other instanceof Delta histogram) || !histogram.layout.equals(layout)) {
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

        @Override
        public SeriesSnapshot snapshot(Instant created, long nowMillis) {
            return new SeriesSnapshot.Buckets(created, layout, counts, sum());
        }

        @Override
        public SeriesSnapshot snapshotAtZero(Instant created, long nowMillis) {
            return new SeriesSnapshot.Buckets(created, layout, new double[counts.length], 0);
        }
    }
}
