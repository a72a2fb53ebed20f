package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.distribution.DDSketch;
import dev.streamgauge.core.distribution.DoubleDouble;
import dev.streamgauge.core.distribution.Quantiles;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Summary: sum and count add forever; quantiles come from a DDSketch per time slot of a sliding window of 10 minutes in
 * 5 slots, the window of Prometheus' own clients ({@code maxAge}, {@code ageBuckets}).
 *
 * <p>A value belongs to the slot of its admission, the time in its entry id, so the slot does not depend on the
 * aggregator or the time of the fold. A slot leaves the window by the clock of Redis alone:
 * the fold script drops it, and a scrape ignores it.
 *
 * <p>Packed: f64 high and f64 low part of the compensated sum, f64 count, u16 number of slots, then each slot,
 * ascending: u32 epoch (Unix time divided by the slot's length), u32 length of the packed DDSketch, the packed
 * DDSketch.
 */
public final class SummaryDelta implements SeriesDelta {

    /** Length of a slot. */
    public static final Duration SLOT = Duration.ofMinutes(2);

    /** Slots of the window. */
    public static final int WINDOW_SLOTS = 5;

    private static final double MAX_COUNT = 0x1p53;

    private final DoubleDouble sum;
    private double count;
    private final TreeMap<Long, DDSketch> slots = new TreeMap<>();

    public SummaryDelta() {
        this(new DoubleDouble());
    }

    private SummaryDelta(DoubleDouble sum) {
        this.sum = sum;
    }

    static SummaryDelta unpack(ByteBuffer in) {
        return unpack(in, DDSketch::unpack);
    }

    /**
     * Reads the packed form of earlier releases, whose sketches have no range.
     *
     * @throws java.nio.BufferUnderflowException if it is cut short
     * @throws IllegalArgumentException if it contains a number that no fold writes
     */
    public static SummaryDelta unpackWithoutRanges(ByteBuffer in) {
        return unpack(in, DDSketch::unpackWithoutRange);
    }

    private static SummaryDelta unpack(ByteBuffer in, Function<ByteBuffer, DDSketch> unpackSketch) {
        SummaryDelta summary = new SummaryDelta(DoubleDouble.unpack(in));
        summary.count = SeriesDelta.unpackCount(in);
        int slotCount = Short.toUnsignedInt(in.getShort());
        for (int i = 0; i < slotCount; i++) {
            long epoch = Integer.toUnsignedLong(in.getInt());
            in.getInt(); // the length serves the fold script, which copies most slots unread
            summary.slots.put(epoch, unpackSketch.apply(in));
        }
        return summary;
    }

    /** The epoch of the slot that a time lies in. */
    public static long epochOf(long unixMillis) {
        return Math.floorDiv(unixMillis, SLOT.toMillis());
    }

    /** Counts one finite value, admitted at that time. */
    public void observe(double value, long admittedAtMillis) {
        sum.add(value);
        count = Math.min(count + 1, MAX_COUNT);
        slots.computeIfAbsent(epochOf(admittedAtMillis), epoch -> new DDSketch())
                .observe(value);
    }

    @Override
    public void merge(SeriesDelta other) {
        if (!(other instanceof SummaryDelta summary)) {
            throw new IllegalArgumentException("a summary merges with a summary only");
        }
        sum.add(summary.sum);
        count = Math.min(count + summary.count, MAX_COUNT);
        summary.slots.forEach((epoch, sketch) ->
                slots.computeIfAbsent(epoch, absent -> new DDSketch()).merge(sketch));
    }

    /** The same window, with a sum and a count of 0. It shares the sketches, which must not change any more. */
    public SummaryDelta withoutTotals() {
        SummaryDelta summary = new SummaryDelta();
        summary.slots.putAll(slots);
        return summary;
    }

    /** Sum of all values ever. */
    public double sum() {
        return sum.value();
    }

    /** Number of all values ever. */
    public double count() {
        return count;
    }

    /** The values at those quantiles over the window that ends at that time, each NaN if the window is empty. */
    public double[] quantiles(Quantiles quantiles, long nowMillis) {
        double[] values = new double[quantiles.count()];
        if (values.length == 0) {
            return values;
        }
        DDSketch window = new DDSketch();
        for (Map.Entry<Long, DDSketch> slot :
                slots.tailMap(epochOf(nowMillis) - WINDOW_SLOTS, false).entrySet()) {
            window.merge(slot.getValue());
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = window.quantile(quantiles.get(i));
        }
        return values;
    }

    @Override
    public int packedLength() {
        int length = 3 * Double.BYTES + Short.BYTES;
        for (DDSketch sketch : slots.values()) {
            length += 2 * Integer.BYTES + sketch.packedLength();
        }
        return length;
    }

    @Override
    public void pack(ByteBuffer out) {
        out.putDouble(sum.high()).putDouble(sum.low()).putDouble(count).putShort((short) slots.size());
        slots.forEach((epoch, sketch) -> {
            out.putInt(epoch.intValue()).putInt(sketch.packedLength());
            sketch.pack(out);
        });
    }
}
