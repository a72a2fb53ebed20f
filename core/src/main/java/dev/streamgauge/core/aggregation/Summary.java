package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.distribution.DDSketch;
import dev.streamgauge.core.distribution.DoubleDouble;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.sample.BrokenRule;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.sample.SampleValue.Observations;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.snapshot.SeriesSnapshot;
import dev.streamgauge.core.stream.ByteSink;
import dev.streamgauge.core.stream.ByteSource;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantLimits;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
 * <p>In an entry: varint number of raw values, then values as f64. Folding does not need the quantiles, so an entry does
 * not have them. In a family's row: u16 number of quantiles, then quantiles as f64.
 *
 * <p>Packed: f64 high and f64 low part of the compensated sum, f64 count, u16 number of slots, then each slot,
 * ascending: u32 epoch (Unix time divided by the slot's length), u32 length of the packed DDSketch, the packed
 * DDSketch.
 *
 * @param quantiles what a scrape shows
 */
public record Summary(Quantiles quantiles) implements Aggregation {

    /** The kind. */
    public static final AggregationKind KIND = new Kind();

    /** A summary that shows only its sum and its count. */
    public static final Summary WITHOUT_QUANTILES = new Summary(Quantiles.NONE);

    /** Length of a slot. */
    public static final Duration SLOT = Duration.ofMinutes(2);

    /** Slots of the window. */
    public static final int WINDOW_SLOTS = 5;

    /** The letter of a stored summary. */
    public static final char STORED = 'S';

    /** The letter of a stored summary of earlier releases, whose sketches have no range. */
    public static final char STORED_WITHOUT_RANGES = 's';

    private static final String STORED_CODES = "" + STORED + STORED_WITHOUT_RANGES;

    /** Units of a series, besides its values and its stored sketches. */
    private static final int SERIES_UNITS = 4;

    /** Units of a value, which may need a bin of its own. */
    private static final int VALUE_UNITS = 2;

    /** Units of copying the largest stored sketches: all bins of both signs in all slots of the window. */
    private static final int FULL_SKETCHES_UNITS = 820;

    private static final class Kind implements AggregationKind {

        @Override
        public String name() {
            return "summary";
        }

        @Override
        public char code() {
            return 's';
        }

        @Override
        public String storedCodes() {
            return STORED_CODES;
        }

        @Override
        public MetricType type() {
            return MetricType.SUMMARY;
        }

        @Override
        public String reservedLabel() {
            return "quantile";
        }

        @Override
        public List<String> seriesSuffixes() {
            return List.of("_sum", "_count");
        }

        @Override
        public Aggregation parse(SampleDraft draft, TenantLimits limits) {
            DraftFields.rejectBuckets(draft, this);
            double[] quantiles = draft.quantiles();
            double[] epsilons = draft.epsilons();
            if (quantiles == null && epsilons == null) {
                return WITHOUT_QUANTILES;
            }
            if (quantiles == null || (epsilons != null && epsilons.length != quantiles.length)) {
                throw new BrokenRule(Reason.QUANTILES_INVALID, "epsilons: must stand beside quantiles, one for each");
            }
            if (epsilons != null) {
                for (double epsilon : epsilons) {
                    if (!(epsilon >= 0 && epsilon <= 1)) {
                        throw new BrokenRule(Reason.QUANTILES_INVALID, "epsilons: each must be 0 to 1");
                    }
                }
            }
            return Quantiles.of(quantiles)
                    .map(Summary::new)
                    .orElseThrow(() -> new BrokenRule(
                            Reason.QUANTILES_INVALID,
                            "quantiles: each must be 0 to 1 and given once, at most " + Quantiles.MAX_COUNT));
        }

        @Override
        public Aggregation readParameters(ByteSource in) {
            return WITHOUT_QUANTILES;
        }

        @Override
        public Aggregation unpackParameters(ByteBuffer in) {
            return Quantiles.of(BinaryForms.unpackDoubles(in))
                    .map(Summary::new)
                    .orElseThrow(() -> new IllegalArgumentException("family row: malformed"));
        }
    }

    @Override
    public AggregationKind kind() {
        return KIND;
    }

    @Override
    public SampleValue validate(SampleDraft draft, TenantLimits limits) {
        if (draft.counts() != null) {
            throw new BrokenRule(Reason.VALUE_INVALID, "counts: only a histogram takes them, not a summary");
        }
        return DraftFields.observations(draft, limits);
    }

    @Override
    public SampleValue validateNumbers(double[] values, TenantLimits limits) {
        return DraftFields.observations(values, limits);
    }

    @Override
    public void writeSample(ByteSink out, SampleValue value, int index, long timestampMillis) {
        BinaryForms.writeObservations(out, values(value));
    }

    private static double[] values(SampleValue value) {
        if (value instanceof Observations(double[] values)) {
            return values;
        }
        throw BinaryForms.unexpected(value, KIND);
    }

    @Override
    public byte[] packParameters() {
        return BinaryForms.packDoubles(quantiles.count(), quantiles::get);
    }

    @Override
    public int seriesUnits() {
        return SERIES_UNITS;
    }

    @Override
    public int sampleUnits(SampleValue value) {
        return VALUE_UNITS * values(value).length;
    }

    @Override
    public int fullValueUnits() {
        return FULL_SKETCHES_UNITS;
    }

    @Override
    public Delta newDelta() {
        return new Delta(quantiles);
    }

    @Override
    public SeriesDelta unpack(int storedCode, ByteBuffer in) {
        return Delta.unpack(
                quantiles, in, storedCode == STORED_WITHOUT_RANGES ? DDSketch::unpackWithoutRange : DDSketch::unpack);
    }

    /** The epoch of the slot that a time lies in. */
    public static long epochOf(long unixMillis) {
        return Math.floorDiv(unixMillis, SLOT.toMillis());
    }

    /** A sum, a count, and a sketch per slot. */
    public static final class Delta implements SeriesDelta {

        private final Quantiles quantiles;
        private final DoubleDouble sum;
        private double count;
        private final TreeMap<Long, DDSketch> slots = new TreeMap<>();

        public Delta(Quantiles quantiles) {
            this(quantiles, new DoubleDouble());
        }

        private Delta(Quantiles quantiles, DoubleDouble sum) {
            this.quantiles = quantiles;
            this.sum = sum;
        }

        private static Delta unpack(Quantiles quantiles, ByteBuffer in, Function<ByteBuffer, DDSketch> unpackSketch) {
            Delta summary = new Delta(quantiles, DoubleDouble.unpack(in));
            summary.count = BinaryForms.unpackCount(in);
            int slotCount = Short.toUnsignedInt(in.getShort());
            for (int i = 0; i < slotCount; i++) {
                long epoch = Integer.toUnsignedLong(in.getInt());
                in.getInt(); // the length serves the fold script, which copies most slots unread
                summary.slots.put(epoch, unpackSketch.apply(in));
            }
            return summary;
        }

        /** Counts one finite value, admitted at that time. */
        public void observe(double value, long admittedAtMillis) {
            sum.add(value);
            count = Math.min(count + 1, BinaryForms.MAX_COUNT);
            slots.computeIfAbsent(epochOf(admittedAtMillis), epoch -> new DDSketch())
                    .observe(value);
        }

        @Override
        public int addSample(ByteSource in, EntryId entry) throws MalformedEntryException {
            int values = in.readCount();
            if (values == 0) {
                throw new MalformedEntryException("a summary without values");
            }
            for (int i = 0; i < values; i++) {
                observe(in.readFinite(), entry.millis());
            }
            return VALUE_UNITS * values;
        }

        @Override
        public void merge(SeriesDelta other) {
            if (!(other instanceof Delta summary)) {
                throw new IllegalArgumentException("a summary merges with a summary only");
            }
            sum.add(summary.sum);
            count = Math.min(count + summary.count, BinaryForms.MAX_COUNT);
            summary.slots.forEach((epoch, sketch) ->
                    slots.computeIfAbsent(epoch, absent -> new DDSketch()).merge(sketch));
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
        public double[] quantiles(Quantiles asked, long nowMillis) {
            double[] values = new double[asked.count()];
            if (values.length == 0) {
                return values;
            }
            DDSketch window = new DDSketch();
            for (Map.Entry<Long, DDSketch> slot :
                    slots.tailMap(epochOf(nowMillis) - WINDOW_SLOTS, false).entrySet()) {
                window.merge(slot.getValue());
            }
            for (int i = 0; i < values.length; i++) {
                values[i] = window.quantile(asked.get(i));
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

        @Override
        public SeriesSnapshot snapshot(Instant created, long nowMillis) {
            return new SeriesSnapshot.QuantileValues(created, quantiles, quantiles(quantiles, nowMillis), sum(), count);
        }

        /** The quantiles do not only grow. */
        @Override
        public SeriesSnapshot snapshotAtZero(Instant created, long nowMillis) {
            return new SeriesSnapshot.QuantileValues(created, quantiles, quantiles(quantiles, nowMillis), 0, 0);
        }
    }
}
