package dev.streamgauge.core.aggregation;

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
 * Gauge: the sample with the greatest (timestamp, stream position, index in the request) wins, whichever aggregator
 * folds it and in whatever order. A sample without a timestamp has the time of its entry. It has no parameters.
 *
 * <p>In an entry: varint index in the request, varint timestamp + 1 in Unix milliseconds (0 is none), f64 value.
 *
 * <p>Packed: f64 value, f64 timestamp in Unix milliseconds, f64 and f64 the entry id's milliseconds and sequence, u32
 * index in the request. Doubles represent these integers exactly up to 2^53, and Lua has no other number type.
 */
public final class Gauge implements AggregationKind, Aggregation {

    /** The only one. */
    public static final Gauge INSTANCE = new Gauge();

    private Gauge() {}

    @Override
    public String name() {
        return "gauge";
    }

    @Override
    public char code() {
        return 'g';
    }

    @Override
    public String storedCodes() {
        return "g";
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
        return new SampleValue.Scalar(DraftFields.number(draft, this));
    }

    @Override
    public SampleValue validateNumbers(double[] values, TenantLimits limits) {
        return new SampleValue.Scalar(DraftFields.finite("value", values[0]));
    }

    @Override
    public void writeSample(ByteSink out, SampleValue value, int index, long timestampMillis) {
        double number = BinaryForms.number(value, this);
        out.writeVarint(index);
        out.writeVarint(timestampMillis + 1);
        out.writeDouble(number);
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
        return Delta.unpack(in);
    }

    /** The sample that has won so far. */
    public static final class Delta implements SeriesDelta {

        private double value;
        private long timestampMillis = -1;
        private EntryId position = EntryId.NONE;
        private int index;

        /** Samples merged, and those among them that came after a newer one; 0 for a stored value. */
        private int samples;

        private int staleSamples;

        public Delta() {}

        private static Delta unpack(ByteBuffer in) {
            Delta gauge = new Delta();
            gauge.value = in.getDouble();
            if (!Double.isFinite(gauge.value)) {
                throw new IllegalArgumentException("series value: a gauge that is not finite");
            }
            gauge.timestampMillis = (long) in.getDouble();
            gauge.position = new EntryId((long) in.getDouble(), (long) in.getDouble());
            gauge.index = in.getInt();
            return gauge;
        }

        /** Replaces the value, if the new one comes after it. */
        public void set(double newValue, long newTimestampMillis, EntryId newPosition, int newIndex) {
            samples++;
            if (!setIfNewer(newValue, newTimestampMillis, newPosition, newIndex)) {
                staleSamples++;
            }
        }

        @Override
        public int addSample(ByteSource in, EntryId entry) throws MalformedEntryException {
            int sampleIndex = in.readIndex(Integer.MAX_VALUE);
            long sentMillis = in.readVarint() - 1;
            double sample = in.readFinite();
            set(sample, sentMillis == NO_TIMESTAMP ? entry.millis() : sentMillis, entry, sampleIndex);
            return 0;
        }

        private boolean setIfNewer(double newValue, long newTimestampMillis, EntryId newPosition, int newIndex) {
            boolean isNewer = isBefore(newTimestampMillis, newPosition, newIndex);
            if (isNewer) {
                value = newValue;
                timestampMillis = newTimestampMillis;
                position = newPosition;
                index = newIndex;
            }
            return isNewer;
        }

        private boolean isBefore(long otherTimestampMillis, EntryId otherPosition, int otherIndex) {
            if (timestampMillis != otherTimestampMillis) {
                return timestampMillis < otherTimestampMillis;
            }
            int order = position.compareTo(otherPosition);
            return order == 0 ? index < otherIndex : order < 0;
        }

        @Override
        public void merge(SeriesDelta other) {
            if (!(other instanceof Delta gauge)) {
                throw new IllegalArgumentException("a gauge merges with a gauge only");
            }
            setIfNewer(gauge.value, gauge.timestampMillis, gauge.position, gauge.index);
        }

        /** The value that won. */
        public double value() {
            return value;
        }

        @Override
        public byte[] packedForFold() {
            ByteBuffer out = ByteBuffer.allocate(packedLength() + 2 * Integer.BYTES);
            pack(out);
            return out.putInt(samples).putInt(staleSamples).array();
        }

        @Override
        public int packedLength() {
            return 4 * Double.BYTES + Integer.BYTES;
        }

        @Override
        public void pack(ByteBuffer out) {
            out.putDouble(value)
                    .putDouble((double) timestampMillis)
                    .putDouble((double) position.millis())
                    .putDouble((double) position.sequence())
                    .putInt(index);
        }

        @Override
        public SeriesSnapshot snapshot(Instant created, long nowMillis) {
            return new SeriesSnapshot.Value(created, value);
        }

        /** A gauge has nothing that only grows. */
        @Override
        public SeriesSnapshot snapshotAtZero(Instant created, long nowMillis) {
            return snapshot(created, nowMillis);
        }
    }
}
