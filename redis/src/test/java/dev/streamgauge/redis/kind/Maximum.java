package dev.streamgauge.redis.kind;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.AggregationKind;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.sample.BrokenRule;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.snapshot.SeriesSnapshot;
import dev.streamgauge.core.stream.ByteSink;
import dev.streamgauge.core.stream.ByteSource;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantLimits;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;

/**
 * A kind that the product does not know: the greatest value ever, shown as a gauge. Its Lua file is {@code maximum.lua}.
 *
 * <p>In an entry: f64 value. Packed: f64 number of values, f64 the greatest.
 */
final class Maximum implements AggregationKind, Aggregation {

    static final Maximum INSTANCE = new Maximum();

    private Maximum() {}

    @Override
    public String name() {
        return "maximum";
    }

    @Override
    public char code() {
        return 'm';
    }

    @Override
    public String storedCodes() {
        return "m";
    }

    @Override
    public MetricType type() {
        return MetricType.GAUGE;
    }

    @Override
    public String reservedLabel() {
        return "";
    }

    @Override
    public List<String> seriesSuffixes() {
        return List.of();
    }

    @Override
    public Aggregation parse(SampleDraft draft, TenantLimits limits) {
        return this;
    }

    @Override
    public Aggregation readParameters(ByteSource in) {
        return this;
    }

    @Override
    public Aggregation unpackParameters(ByteBuffer in) {
        return this;
    }

    @Override
    public AggregationKind kind() {
        return this;
    }

    @Override
    public SampleValue validate(SampleDraft draft, TenantLimits limits) {
        Double value = draft.value();
        if (value == null) {
            throw new BrokenRule(Reason.VALUE_INVALID, "value: a maximum takes one value");
        }
        return validateNumbers(new double[] {value}, limits);
    }

    @Override
    public SampleValue validateNumbers(double[] values, TenantLimits limits) {
        return new SampleValue.Scalar(values[0]);
    }

    @Override
    public void writeSample(ByteSink out, SampleValue value, int index, long timestampMillis) {
        out.writeDouble(((SampleValue.Scalar) value).value());
    }

    @Override
    public int seriesUnits() {
        return 1;
    }

    @Override
    public SeriesDelta newDelta() {
        return new Delta();
    }

    @Override
    public SeriesDelta unpack(int storedCode, ByteBuffer in) {
        Delta delta = new Delta();
        delta.count = in.getDouble();
        delta.greatest = in.getDouble();
        return delta;
    }

    /** The greatest of some values. */
    private static final class Delta implements SeriesDelta {

        private double count;
        private double greatest;

        private void add(double values, double greatestOfThem) {
            greatest = count == 0 ? greatestOfThem : Math.max(greatest, greatestOfThem);
            count += values;
        }

        @Override
        public int addSample(ByteSource in, EntryId entry) throws MalformedEntryException {
            add(1, in.readFinite());
            return 0;
        }

        @Override
        public void merge(SeriesDelta other) {
            if (!(other instanceof Delta maximum)) {
                throw new IllegalArgumentException("a maximum merges with a maximum only");
            }
            if (maximum.count > 0) {
                add(maximum.count, maximum.greatest);
            }
        }

        @Override
        public int packedLength() {
            return 2 * Double.BYTES;
        }

        @Override
        public void pack(ByteBuffer out) {
            out.putDouble(count).putDouble(greatest);
        }

        @Override
        public SeriesSnapshot snapshot(Instant created, long nowMillis) {
            return new SeriesSnapshot.Value(created, greatest);
        }

        @Override
        public SeriesSnapshot snapshotAtZero(Instant created, long nowMillis) {
            return snapshot(created, nowMillis);
        }
    }
}
