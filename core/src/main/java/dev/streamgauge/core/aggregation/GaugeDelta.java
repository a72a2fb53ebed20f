package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.stream.EntryId;
import java.nio.ByteBuffer;

/**
 * Gauge: the sample with the greatest (timestamp, stream position, index in the request) wins, whichever aggregator
 * folds it and in whatever order. A sample without a timestamp has the time of its entry.
 *
 * <p>Packed: f64 value, f64 timestamp in Unix milliseconds, f64 and f64 the entry id's milliseconds and sequence, u32
 * index in the request. Doubles represent these integers exactly up to 2^53, and Lua has no other number type.
 */
public final class GaugeDelta implements SeriesDelta {

    private double value;
    private long timestampMillis = -1;
    private EntryId position = EntryId.NONE;
    private int index;

    /** Samples merged, and those among them that came after a newer one; 0 for a stored value. */
    private int samples;

    private int staleSamples;

    static GaugeDelta unpack(ByteBuffer in) {
        GaugeDelta gauge = new GaugeDelta();
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
        if (!(other instanceof GaugeDelta gauge)) {
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
}
