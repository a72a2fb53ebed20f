package dev.streamgauge.core.entry;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads an entry as {@link EntryWriter} lays it out. It trusts nothing: an entry that breaks the layout, or has a
 * number that the rules reject, is malformed. Not thread-safe.
 */
public final class EntryReader {

    /** Maximum number of bounds of a histogram in an entry, regardless of the limits when it was admitted. */
    private static final int MAX_BOUNDS = 10_000;

    private static final int MAX_VARINT_SHIFT = 56;

    /**
     * Visits the samples of an entry, in their order. The visitor may keep the arrays it gets, but must copy labels to
     * keep them.
     *
     * @param <F> what the visitor makes of a family, passed back to it with each sample of that family
     */
    public interface Samples<F> {

        /**
         * A family of the entry. All families come before the first sample, including those without samples.
         *
         * @throws MalformedEntryException if the family contradicts what the visitor was given before; ends the reading
         */
        F family(EntryFamily family) throws MalformedEntryException;

        /** An increment, finite and not negative. */
        void counter(F family, Labels labels, double increment);

        /** A value with its timestamp in Unix milliseconds, or {@link Sample#NO_TIMESTAMP}. */
        void gauge(F family, Labels labels, double value, long timestampMillis, int index);

        /** Raw values of a histogram or a summary; at least one, all finite. */
        void observations(F family, Labels labels, double[] values);

        /** Counts per bucket of the family's layout, not cumulative, and the sum of the values. */
        void bucketCounts(F family, Labels labels, long[] counts, double sum);
    }

    /** The canonical labels of the current sample; the next sample overwrites them. */
    public static final class Labels {

        private byte[] utf8 = new byte[0];
        private int length;

        private Labels() {}

        /** Keeps the shared prefix, and replaces the rest. */
        private void set(int shared, byte[] source, int from, int rest) {
            if (shared + rest > utf8.length) {
                utf8 = Arrays.copyOf(utf8, Math.max(shared + rest, 2 * utf8.length));
            }
            System.arraycopy(source, from, utf8, shared, rest);
            length = shared + rest;
        }

        /** Whether these are the same labels. */
        public boolean is(CanonicalLabels other) {
            return Arrays.equals(utf8, 0, length, other.bytes(), 0, other.length());
        }

        /** A copy that may be kept. */
        public CanonicalLabels copy() {
            return CanonicalLabels.ofCanonical(Arrays.copyOf(utf8, length));
        }
    }

    /**
     * A family as an entry carries it.
     *
     * @param layout the buckets of a histogram; {@link BucketLayout#DEFAULT} for other types
     */
    public record EntryFamily(String name, MetricType type, BucketLayout layout) {}

    /**
     * The tenant of an entry, and how many samples it contains.
     *
     * @param tenant the tenant
     * @param samples number of samples
     */
    public record Header(TenantId tenant, int samples) {}

    private final byte[] bytes;
    private final Labels labels = new Labels();
    private int position;

    private EntryReader(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The version of an entry's layout; 0 if it has none. */
    public static int version(byte[] entry) {
        return entry.length == 0 ? 0 : Byte.toUnsignedInt(entry[0]);
    }

    /** The header alone, or empty if even that is malformed. */
    public static Optional<Header> header(byte[] entry) {
        try {
            return Optional.of(new EntryReader(entry).readHeader());
        } catch (MalformedEntryException e) {
            return Optional.empty(); // the caller reports the entry itself
        }
    }

    /** The names of the families in an entry, as far as they can be read. */
    public static List<String> familyNames(byte[] entry) {
        List<String> names = new ArrayList<>();
        EntryReader reader = new EntryReader(entry);
        try {
            reader.readHeader();
            int families = reader.readCount();
            for (int i = 0; i < families; i++) {
                names.add(reader.readFamily().name());
            }
        } catch (MalformedEntryException e) {
            return names; // the caller reports the entry itself
        }
        return names;
    }

    /**
     * The tenant and the labels of the first sample, as bytes; empty if they cannot be read. Sorting entries by these
     * bytes puts those side by side that are likely to have the same series.
     */
    public static byte[] firstSeries(byte[] entry) {
        EntryReader reader = new EntryReader(entry);
        try {
            reader.readTenant();
            int end = reader.position;
            reader.readCount();
            reader.readFamilies();
            reader.readVarint();
            reader.readLabels();
            byte[] series = Arrays.copyOf(entry, end + reader.labels.length);
            System.arraycopy(reader.labels.utf8, 0, series, end, reader.labels.length);
            return series;
        } catch (MalformedEntryException e) {
            return new byte[0]; // the caller reports the entry itself
        }
    }

    /** Reads the whole entry. After a failure, discard what the visitor was given. */
    public static <F> Header read(byte[] entry, Samples<F> visitor) throws MalformedEntryException {
        EntryReader reader = new EntryReader(entry);
        Header header = reader.readHeader();
        EntryFamily[] families = reader.readFamilies();
        List<F> taken = new ArrayList<>(families.length);
        for (EntryFamily family : families) {
            taken.add(visitor.family(family));
        }
        for (int i = 0; i < header.samples(); i++) {
            int family = reader.readIndex(families.length);
            reader.readLabels();
            reader.readSample(families[family], taken.get(family), visitor);
        }
        if (reader.position != entry.length) {
            throw new MalformedEntryException("bytes after the last sample");
        }
        return header;
    }

    private Header readHeader() throws MalformedEntryException {
        return new Header(readTenant(), readCount());
    }

    private TenantId readTenant() throws MalformedEntryException {
        int version = readByte();
        if (version != EntryWriter.VERSION) {
            throw new MalformedEntryException("unknown version " + version);
        }
        return TenantId.parse(readText()).orElseThrow(() -> new MalformedEntryException("tenant id breaks the rule"));
    }

    private EntryFamily[] readFamilies() throws MalformedEntryException {
        EntryFamily[] families = new EntryFamily[readCount()];
        for (int i = 0; i < families.length; i++) {
            families[i] = readFamily();
        }
        return families;
    }

    private EntryFamily readFamily() throws MalformedEntryException {
        String name = readText();
        MetricType type = MetricType.ofCode(readByte()).orElseThrow(() -> new MalformedEntryException("unknown type"));
        return new EntryFamily(name, type, type == MetricType.HISTOGRAM ? readLayout() : BucketLayout.DEFAULT);
    }

    private BucketLayout readLayout() throws MalformedEntryException {
        return BucketLayout.of(readDoubles(readIndex(MAX_BOUNDS)))
                .orElseThrow(() -> new MalformedEntryException("bounds not ascending"));
    }

    private void readLabels() throws MalformedEntryException {
        int shared = readIndex(labels.length + 1);
        int rest = readCount();
        labels.set(shared, bytes, position, rest);
        position += rest;
    }

    private <F> void readSample(EntryFamily family, F taken, Samples<F> visitor) throws MalformedEntryException {
        switch (family.type()) {
            case COUNTER -> {
                double increment = readFinite();
                if (increment < 0) {
                    throw new MalformedEntryException("a negative increment");
                }
                visitor.counter(taken, labels, increment);
            }
            case GAUGE -> {
                int index = readIndex(Integer.MAX_VALUE);
                long timestampMillis = readVarint() - 1;
                visitor.gauge(taken, labels, readFinite(), timestampMillis, index);
            }
            case HISTOGRAM -> {
                int values = readCount();
                if (values > 0) {
                    visitor.observations(taken, labels, readDoubles(values));
                } else {
                    double sum = readFinite();
                    visitor.bucketCounts(
                            taken, labels, readCounts(family.layout().bucketCount()), sum);
                }
            }
            case SUMMARY -> {
                int values = readCount();
                if (values == 0) {
                    throw new MalformedEntryException("a summary without values");
                }
                visitor.observations(taken, labels, readDoubles(values));
            }
        }
    }

    private double[] readDoubles(int count) throws MalformedEntryException {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = readFinite();
        }
        return values;
    }

    private long[] readCounts(int count) throws MalformedEntryException {
        long[] counts = new long[count];
        for (int i = 0; i < count; i++) {
            counts[i] = readVarint();
        }
        return counts;
    }

    private int readByte() throws MalformedEntryException {
        if (position >= bytes.length) {
            throw cutShort();
        }
        return Byte.toUnsignedInt(bytes[position++]);
    }

    private long readVarint() throws MalformedEntryException {
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
    private int readIndex(int limit) throws MalformedEntryException {
        long value = readVarint();
        if (value >= limit) {
            throw new MalformedEntryException("an index out of range");
        }
        return (int) value;
    }

    /**
     * The number of items that follow. Each takes at least a byte, so no count can ask for more memory than the entry
     * has.
     */
    private int readCount() throws MalformedEntryException {
        long count = readVarint();
        if (count > bytes.length - position) {
            throw cutShort();
        }
        return (int) count;
    }

    private double readFinite() throws MalformedEntryException {
        if (bytes.length - position < Double.BYTES) {
            throw cutShort();
        }
        double value = Double.longBitsToDouble(readLong());
        if (!Double.isFinite(value)) {
            throw new MalformedEntryException("a number that is not finite");
        }
        return value;
    }

    private long readLong() {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = value << 8 | Byte.toUnsignedInt(bytes[position++]);
        }
        return value;
    }

    private String readText() throws MalformedEntryException {
        int length = readCount();
        String text = new String(bytes, position, length, StandardCharsets.UTF_8);
        position += length;
        return text;
    }

    private static MalformedEntryException cutShort() {
        return new MalformedEntryException("cut short");
    }
}
