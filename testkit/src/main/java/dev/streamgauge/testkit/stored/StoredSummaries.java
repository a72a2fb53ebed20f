package dev.streamgauge.testkit.stored;

import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.registry.StoredSeries;
import java.nio.ByteBuffer;
import java.time.Instant;

/** Summaries with full sketches, and how they are stored. */
public final class StoredSummaries {

    /** Bytes of a stored summary before its first slot. */
    public static final int FIRST_SLOT = StoredSeries.HEADER_LENGTH + 3 * Double.BYTES + Short.BYTES;

    private static final int RANGE_LENGTH = 2 * Double.BYTES;

    /** More than the 17 decades that a sketch keeps, in steps far smaller than a bin. */
    private static final double LEAST = 1e-9;

    private static final double GREATEST = 1e9;
    private static final double STEP = 1.004;

    private StoredSummaries() {}

    /** Adds values for all bins that a sketch can have, of both signs. */
    public static void fill(Summary.Delta summary, long admittedAtMillis) {
        for (double value = LEAST; value < GREATEST; value *= STEP) {
            summary.observe(value, admittedAtMillis);
            summary.observe(-value, admittedAtMillis);
        }
    }

    /** The largest summary that there can be at that time: all slots of the window are full. */
    public static Summary.Delta full(long nowMillis) {
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        for (int slot = 0; slot < Summary.WINDOW_SLOTS; slot++) {
            fill(summary, nowMillis - slot * Summary.SLOT.toMillis());
        }
        return summary;
    }

    /** A summary as it is stored when it was first and last folded at that time. */
    public static byte[] encode(Summary.Delta summary, long nowMillis) {
        return ByteBuffer.allocate(StoredSeries.HEADER_LENGTH + summary.packedLength())
                .put((byte) Summary.STORED)
                .putDouble((double) nowMillis)
                .putInt((int) Instant.ofEpochMilli(nowMillis).getEpochSecond())
                .put(summary.packed())
                .array();
    }

    /** A summary as earlier releases stored it, when it was first and last folded at that time. */
    public static byte[] encodeWithoutRanges(Summary.Delta summary, long nowMillis) {
        ByteBuffer in = ByteBuffer.wrap(encode(summary, nowMillis));
        int slots = in.getShort(FIRST_SLOT - Short.BYTES);
        ByteBuffer out = ByteBuffer.allocate(in.capacity() - slots * RANGE_LENGTH);
        byte[] head = new byte[FIRST_SLOT];
        in.get(head);
        head[0] = (byte) Summary.STORED_WITHOUT_RANGES;
        out.put(head);
        for (int slot = 0; slot < slots; slot++) {
            int epoch = in.getInt();
            byte[] sketch = new byte[in.getInt() - RANGE_LENGTH];
            in.position(in.position() + RANGE_LENGTH).get(sketch);
            out.putInt(epoch).putInt(sketch.length).put(sketch);
        }
        return out.array();
    }
}
