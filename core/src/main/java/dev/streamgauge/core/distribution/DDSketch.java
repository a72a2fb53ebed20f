package dev.streamgauge.core.distribution;

import com.datadoghq.sketch.ddsketch.mapping.CubicallyInterpolatedMapping;
import com.datadoghq.sketch.ddsketch.mapping.IndexMapping;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A quantile sketch. It counts the values of each logarithmic bin, positive and negative values apart, so that any
 * quantile is known within 1 % of its value.
 *
 * <p>This is DDSketch (C. Masson, J. E. Rim, H. K. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
 * relative-error guarantees", VLDB 2019). Merging adds the counts of each bin, and gives the same result in any order.
 * Each sign keeps the {@value #MAX_BINS} indexes up to its highest, about 17 decades; smaller values are counted in the
 * lowest of these. This collapse depends only on the highest index seen, so it commutes too.
 *
 * <p>Packed: f64 least and f64 greatest value, both infinite if a part of the values is from a release that did not store
 * them; u32 zeros; then for positive and negative values each: u16 number of bins, and per bin, ascending, i32
 * index and u32 count. A count stays at 2^32 - 1 once there.
 */
public final class DDSketch {

    /** Bins kept for each sign. */
    static final int MAX_BINS = 2048;

    /** Interpolated, so that all platforms give a value the same index: the last bit of {@link Math#log} may differ. */
    private static final IndexMapping MAPPING = new CubicallyInterpolatedMapping(0.01);

    private static final int MIN_INDEX = MAPPING.index(MAPPING.minIndexableValue());
    private static final int MAX_INDEX = MAPPING.index(MAPPING.maxIndexableValue());

    private static final long MAX_BIN_COUNT = 0xffff_ffffL;

    private double least = Double.POSITIVE_INFINITY;
    private double greatest = Double.NEGATIVE_INFINITY;
    private long zeros;
    private final Bins positive = new Bins();
    private final Bins negative = new Bins();

    /**
     * Reads the packed form.
     *
     * @throws IllegalArgumentException if the range or the bins are out of order
     */
    public static DDSketch unpack(ByteBuffer in) {
        double least = in.getDouble();
        double greatest = in.getDouble();
        DDSketch sketch = unpackWithoutRange(in);
        if (!(least <= greatest) && sketch.count() > 0) {
            throw new IllegalArgumentException("series value: a sketch whose least value is above its greatest");
        }
        sketch.least = least;
        sketch.greatest = greatest;
        return sketch;
    }

    /** Reads the packed form of earlier releases, which had no range. */
    public static DDSketch unpackWithoutRange(ByteBuffer in) {
        DDSketch sketch = new DDSketch();
        sketch.least = Double.NEGATIVE_INFINITY;
        sketch.greatest = Double.POSITIVE_INFINITY;
        sketch.zeros = Integer.toUnsignedLong(in.getInt());
        sketch.positive.unpack(in);
        sketch.negative.unpack(in);
        return sketch;
    }

    /** Counts a finite value. */
    public void observe(double value) {
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
        double magnitude = Math.abs(value);
        if (magnitude < MAPPING.minIndexableValue()) {
            zeros = Math.min(zeros + 1, MAX_BIN_COUNT);
        } else {
            int index = MAPPING.index(Math.min(magnitude, MAPPING.maxIndexableValue()));
            (value > 0 ? positive : negative).add(index, 1);
        }
    }

    /** Adds the counts of the other sketch. */
    public void merge(DDSketch other) {
        least = Math.min(least, other.least);
        greatest = Math.max(greatest, other.greatest);
        zeros = Math.min(zeros + other.zeros, MAX_BIN_COUNT);
        positive.merge(other.positive);
        negative.merge(other.negative);
    }

    /** Values counted. */
    double count() {
        return zeros + positive.total() + negative.total();
    }

    /**
     * The value of rank ceil(quantile * count), at least 1, within 1 %; NaN if nothing was counted. The least and the
     * greatest value are exact if they are known, and nothing lies beyond them.
     */
    public double quantile(double quantile) {
        double count = count();
        if (count == 0) {
            return Double.NaN;
        }
        double rank = rankOf(quantile, count);
        if (rank == 1 && Double.isFinite(least)) {
            return least;
        }
        if (rank == count && Double.isFinite(greatest)) {
            return greatest;
        }
        return Math.clamp(valueAt(rank), least, greatest);
    }

    /** A product such as 0.07 * 100 may be a whole number but for its last bits. */
    private static double rankOf(double quantile, double count) {
        double product = quantile * count;
        double whole = Math.rint(product);
        double rank = Math.abs(product - whole) <= 2 * Math.ulp(product) ? whole : Math.ceil(product);
        return Math.clamp(rank, 1, count);
    }

    private double valueAt(double rank) {
        double ranked = 0;
        for (int i = negative.size - 1; i >= 0; i--) { // the most negative first
            ranked += negative.counts[i];
            if (ranked >= rank) {
                return -MAPPING.value(negative.indexes[i]);
            }
        }
        ranked += zeros;
        if (ranked >= rank) {
            return 0;
        }
        for (int i = 0; i < positive.size; i++) {
            ranked += positive.counts[i];
            if (ranked >= rank) {
                return MAPPING.value(positive.indexes[i]);
            }
        }
        throw new IllegalStateException("a rank up to the count lies in a bin");
    }

    /** Length of {@link #pack} in bytes. */
    public int packedLength() {
        return 2 * Double.BYTES + Integer.BYTES + positive.packedLength() + negative.packedLength();
    }

    /** Writes the packed form at the buffer's position. */
    public void pack(ByteBuffer out) {
        out.putDouble(least).putDouble(greatest).putInt((int) zeros);
        positive.pack(out);
        negative.pack(out);
    }

    /** Counts by index, ascending. */
    private static final class Bins {

        private int[] indexes = new int[4];
        private long[] counts = new long[4];
        private int size;

        void add(int index, long count) {
            int place = Arrays.binarySearch(indexes, 0, size, index);
            if (place < 0) {
                place = insert(-place - 1, index);
            }
            counts[place] = Math.min(counts[place] + count, MAX_BIN_COUNT);
            collapse();
        }

        private int insert(int place, int index) {
            if (size == indexes.length) {
                indexes = Arrays.copyOf(indexes, size * 2);
                counts = Arrays.copyOf(counts, size * 2);
            }
            System.arraycopy(indexes, place, indexes, place + 1, size - place);
            System.arraycopy(counts, place, counts, place + 1, size - place);
            indexes[place] = index;
            counts[place] = 0;
            size++;
            return place;
        }

        /** Adds the counts of all indexes more than {@link #MAX_BINS} below the highest to the lowest index kept. */
        private void collapse() {
            int lowest = indexes[size - 1] - MAX_BINS + 1;
            if (indexes[0] >= lowest) {
                return;
            }
            int kept = 0;
            long moved = 0;
            while (indexes[kept] < lowest) {
                moved += counts[kept];
                kept++;
            }
            boolean hasLowest = indexes[kept] == lowest;
            int from = hasLowest ? kept : kept - 1;
            size -= from;
            System.arraycopy(indexes, from, indexes, 0, size);
            System.arraycopy(counts, from, counts, 0, size);
            indexes[0] = lowest;
            counts[0] = Math.min(hasLowest ? counts[0] + moved : moved, MAX_BIN_COUNT);
        }

        void merge(Bins other) {
            for (int i = 0; i < other.size; i++) {
                add(other.indexes[i], other.counts[i]);
            }
        }

        double total() {
            double total = 0;
            for (int i = 0; i < size; i++) {
                total += counts[i];
            }
            return total;
        }

        int packedLength() {
            return Short.BYTES + size * (2 * Integer.BYTES);
        }

        void pack(ByteBuffer out) {
            out.putShort((short) size);
            for (int i = 0; i < size; i++) {
                out.putInt(indexes[i]).putInt((int) counts[i]);
            }
        }

        void unpack(ByteBuffer in) {
            size = Short.toUnsignedInt(in.getShort());
            indexes = new int[Math.max(size, 4)];
            counts = new long[Math.max(size, 4)];
            for (int i = 0; i < size; i++) {
                indexes[i] = in.getInt();
                counts[i] = Integer.toUnsignedLong(in.getInt());
                boolean ascends = i == 0 ? indexes[i] >= MIN_INDEX : indexes[i] > indexes[i - 1];
                if (!ascends || indexes[i] > MAX_INDEX) {
                    throw new IllegalArgumentException("series value: bin indexes out of order or range");
                }
            }
        }
    }
}
