package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.distribution.DoubleDouble;
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
 * Counter: increments add. It has no parameters.
 *
 * <p>In an entry: f64 increment. Packed: f64 high part of the compensated sum, f64 low part.
 */
public final class Counter implements AggregationKind, Aggregation {

    /** The only one. */
    public static final Counter INSTANCE = new Counter();

    private Counter() {}

    @Override
    public String name() {
        return "counter";
    }

    @Override
    public char code() {
        return 'c';
    }

    @Override
    public String storedCodes() {
        return "c";
    }

    @Override
    public MetricType type() {
        return MetricType.COUNTER;
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
        DraftFields.rejectBuckets(draft, this);
        DraftFields.rejectQuantiles(draft, this);
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
        return increment(DraftFields.number(draft, this));
    }

    @Override
    public SampleValue validateNumbers(double[] values, TenantLimits limits) {
        return increment(DraftFields.finite("value", values[0]));
    }

    private static SampleValue increment(double value) {
        if (value < 0) {
            throw new BrokenRule(
                    Reason.COUNTER_NEGATIVE, "value: a counter only grows; give what was added, 0 or more");
        }
        return new SampleValue.Scalar(value);
    }

    @Override
    public void writeSample(ByteSink out, SampleValue value, int index, long timestampMillis) {
        out.writeDouble(BinaryForms.number(value, this));
    }

    @Override
    public int seriesUnits() {
        return 1;
    }

    @Override
    public Delta newDelta() {
        return new Delta();
    }

    @Override
    public SeriesDelta unpack(int storedCode, ByteBuffer in) {
        DoubleDouble sum = DoubleDouble.unpack(in);
        if (sum.value() < 0) {
            throw new IllegalArgumentException("series value: a counter below 0");
        }
        return new Delta(sum);
    }

    /** A sum of increments. */
    public static final class Delta implements SeriesDelta {

        private final DoubleDouble sum;

        public Delta() {
            this(new DoubleDouble());
        }

        private Delta(DoubleDouble sum) {
            this.sum = sum;
        }

        /** Adds an increment, finite and not negative. */
        public void add(double increment) {
            sum.add(increment);
        }

        @Override
        public int addSample(ByteSource in, EntryId entry) throws MalformedEntryException {
            double increment = in.readFinite();
            if (increment < 0) {
                throw new MalformedEntryException("a negative increment");
            }
            sum.add(increment);
            return 0;
        }

        @Override
        public void merge(SeriesDelta other) {
            if (!(other instanceof Delta counter)) {
                throw new IllegalArgumentException("a counter merges with a counter only");
            }
            sum.add(counter.sum);
        }

        /** The total. */
        public double value() {
            return sum.value();
        }

        @Override
        public int packedLength() {
            return 2 * Double.BYTES;
        }

        @Override
        public void pack(ByteBuffer out) {
            out.putDouble(sum.high()).putDouble(sum.low());
        }

        @Override
        public SeriesSnapshot snapshot(Instant created, long nowMillis) {
            return new SeriesSnapshot.Value(created, value());
        }

        @Override
        public SeriesSnapshot snapshotAtZero(Instant created, long nowMillis) {
            return new SeriesSnapshot.Value(created, 0);
        }
    }
}
