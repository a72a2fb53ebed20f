package dev.streamgauge.core.stream;

import java.nio.charset.StandardCharsets;

/**
 * Reads what a {@link ByteSink} wrote. It trusts nothing: whatever the bytes are, reading them either works or fails with
 * {@link MalformedEntryException}, and takes no more memory than they can ask for. Not thread-safe.
 */
public final class ByteSource {

    private static final int MAX_VARINT_SHIFT = 56;

    private final byte[] bytes;
    private int position;

    /** Reads from the beginning of the array, which is not copied. */
    public ByteSource(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Bytes read. */
    public int position() {
        return position;
    }

    /** Whether everything was read. */
    public boolean isAtEnd() {
        return position == bytes.length;
    }

    public int readByte() throws MalformedEntryException {
        if (position >= bytes.length) {
            throw cutShort();
        }
        return Byte.toUnsignedInt(bytes[position++]);
    }

    public long readVarint() throws MalformedEntryException {
        long value = 0;
        for (int shift = 0; shift <= MAX_VARINT_SHIFT; shift += 7) {
            int next = readByte();
            value |= (long) (next & 0x7f) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new MalformedEntryException("a varint too long");
    }

    /** A varint below the limit. */
    public int readIndex(int limit) throws MalformedEntryException {
        long value = readVarint();
        if (value >= limit) {
            throw new MalformedEntryException("an index out of range");
        }
        return (int) value;
    }

    /**
     * The number of items that follow. Each takes at least a byte, so no count can ask for more memory than the source
     * has.
     */
    public int readCount() throws MalformedEntryException {
        long count = readVarint();
        if (count > bytes.length - position) {
            throw cutShort();
        }
        return (int) count;
    }

    /** A double that is finite. */
    public double readFinite() throws MalformedEntryException {
        if (bytes.length - position < Double.BYTES) {
            throw cutShort();
        }
        double value = Double.longBitsToDouble(readLong());
        if (!Double.isFinite(value)) {
            throw new MalformedEntryException("a number that is not finite");
        }
        return value;
    }

    /** So many doubles, all finite. */
    public double[] readFinites(int count) throws MalformedEntryException {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = readFinite();
        }
        return values;
    }

    private long readLong() {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = value << 8 | Byte.toUnsignedInt(bytes[position++]);
        }
        return value;
    }

    public String readText() throws MalformedEntryException {
        int length = readCount();
        return new String(bytes, skip(length), length, StandardCharsets.UTF_8);
    }

    /** Skips bytes, which {@link #readCount} has counted; returns where they begin. */
    public int skip(int count) {
        int from = position;
        position += count;
        return from;
    }

    private static MalformedEntryException cutShort() {
        return new MalformedEntryException("cut short");
    }
}
