package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.stream.ByteSink;
import java.nio.ByteBuffer;
import java.util.function.IntToDoubleFunction;

/** Binary forms that several kinds have in common. */
final class BinaryForms {

    /** The last integer that a double can count to. A count that has reached it stays there. */
    static final double MAX_COUNT = 0x1p53;

    private BinaryForms() {}

    /** The number of a sample of a kind that takes one. */
    static double number(SampleValue value, AggregationKind kind) {
        if (value instanceof SampleValue.Scalar(double number)) {
            return number;
        }
        throw unexpected(value, kind);
    }

    static IllegalArgumentException unexpected(SampleValue value, AggregationKind kind) {
        return new IllegalArgumentException(
                "a " + kind.name() + " takes no " + value.getClass().getSimpleName());
    }

    /** Writes a varint number of raw values, then the values as f64. */
    static void writeObservations(ByteSink out, double[] values) {
        out.writeVarint(values.length);
        for (double value : values) {
            out.writeDouble(value);
        }
    }

    /**
     * Reads a count at the buffer's position.
     *
     * @throws IllegalArgumentException if it is not a whole number from 0 to 2^53
     */
    static double unpackCount(ByteBuffer in) {
        double count = in.getDouble();
        if (!(count >= 0 && count <= MAX_COUNT && count == Math.rint(count))) {
            throw new IllegalArgumentException("series value: an invalid count");
        }
        return count;
    }

    /** A u16 count, then as many f64. */
    static byte[] packDoubles(int count, IntToDoubleFunction at) {
        ByteBuffer out = ByteBuffer.allocate(Short.BYTES + count * Double.BYTES);
        out.putShort((short) count);
        for (int i = 0; i < count; i++) {
            out.putDouble(at.applyAsDouble(i));
        }
        return out.array();
    }

    /** Reads a u16 count, then as many f64. */
    static double[] unpackDoubles(ByteBuffer in) {
        double[] values = new double[Short.toUnsignedInt(in.getShort())];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.getDouble();
        }
        return values;
    }
}
