package dev.streamgauge.core.stream;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A growing array of bytes that knows varints, doubles and texts. Not thread-safe. */
public final class ByteSink {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private byte[] bytes;
    private int size;

    /**
     * An empty array.
     *
     * @param capacity bytes to begin with
     */
    public ByteSink(int capacity) {
        bytes = new byte[capacity];
    }

    /** Bytes written. */
    public int size() {
        return size;
    }

    public void writeByte(int value) {
        ensure(1);
        bytes[size++] = (byte) value;
    }

    /** LEB128; the value must not be negative. */
    public void writeVarint(long value) {
        ensure(9);
        long rest = value;
        while (rest > 0x7f) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    /** Big-endian. */
    public void writeDouble(double value) {
        ensure(Double.BYTES);
        LONG.set(bytes, size, Double.doubleToRawLongBits(value));
        size += Double.BYTES;
    }

    /** A varint length, and the text. */
    public void writeText(byte[] utf8) {
        writeVarint(utf8.length);
        writeBytes(utf8, 0, utf8.length);
    }

    public void writeBytes(byte[] source, int offset, int length) {
        ensure(length);
        System.arraycopy(source, offset, bytes, size, length);
        size += length;
    }

    /** What the other one contains. */
    public void write(ByteSink other) {
        writeBytes(other.bytes, 0, other.size);
    }

    /** A copy of what was written. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    private void ensure(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }
}
