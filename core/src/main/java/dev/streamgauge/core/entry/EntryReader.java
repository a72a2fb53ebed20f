package dev.streamgauge.core.entry;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.AggregationKind;
import dev.streamgauge.core.aggregation.AggregationKinds;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.stream.ByteSource;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads an entry as {@link EntryWriter} lays it out. It trusts nothing: an entry that breaks the layout, or has a
 * number that the rules reject, is malformed. Not thread-safe.
 */
public final class EntryReader {

    /**
     * Visits the samples of an entry, in their order. The visitor must copy labels to keep them.
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

        /**
         * A sample. The visitor must read its value, which {@link Aggregation#writeSample} wrote at the source's
         * position, and nothing else.
         *
         * @throws MalformedEntryException if the value is malformed; ends the reading
         */
        void sample(F family, Labels labels, ByteSource in) throws MalformedEntryException;
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
     * @param aggregation with those parameters that folding needs
     */
    public record EntryFamily(String name, Aggregation aggregation) {}

    /**
     * The tenant of an entry, and how many samples it contains.
     *
     * @param tenant the tenant
     * @param samples number of samples
     */
    public record Header(TenantId tenant, int samples) {}

    private final byte[] bytes;
    private final AggregationKinds kinds;
    private final ByteSource in;
    private final Labels labels = new Labels();

    private EntryReader(byte[] bytes, AggregationKinds kinds) {
        this.bytes = bytes;
        this.kinds = kinds;
        this.in = new ByteSource(bytes);
    }

    /** The version of an entry's layout; 0 if it has none. */
    public static int version(byte[] entry) {
        return entry.length == 0 ? 0 : Byte.toUnsignedInt(entry[0]);
    }

    /** The header alone, or empty if even that is malformed. */
    public static Optional<Header> header(byte[] entry) {
        try {
            return Optional.of(readHeader(new ByteSource(entry)));
        } catch (MalformedEntryException e) {
            return Optional.empty(); // the caller reports the entry itself
        }
    }

    /** The names of the families in an entry, as far as they can be read. */
    public static List<String> familyNames(byte[] entry) {
        List<String> names = new ArrayList<>();
        EntryReader reader = new EntryReader(entry, AggregationKinds.ALL);
        try {
            readHeader(reader.in);
            int families = reader.in.readCount();
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
        EntryReader reader = new EntryReader(entry, AggregationKinds.ALL);
        try {
            readTenant(reader.in);
            int end = reader.in.position();
            reader.in.readCount();
            reader.readFamilies();
            reader.in.readVarint();
            reader.readLabels();
            byte[] series = Arrays.copyOf(entry, end + reader.labels.length);
            System.arraycopy(reader.labels.utf8, 0, series, end, reader.labels.length);
            return series;
        } catch (MalformedEntryException e) {
            return new byte[0]; // the caller reports the entry itself
        }
    }

    /** Reads the whole entry, with samples of these kinds. After a failure, discard what the visitor was given. */
    public static <F> Header read(byte[] entry, AggregationKinds kinds, Samples<F> visitor)
            throws MalformedEntryException {
        EntryReader reader = new EntryReader(entry, kinds);
        Header header = readHeader(reader.in);
        EntryFamily[] families = reader.readFamilies();
        List<F> taken = new ArrayList<>(families.length);
        for (EntryFamily family : families) {
            taken.add(visitor.family(family));
        }
        for (int i = 0; i < header.samples(); i++) {
            int family = reader.in.readIndex(families.length);
            reader.readLabels();
            visitor.sample(taken.get(family), reader.labels, reader.in);
        }
        if (!reader.in.isAtEnd()) {
            throw new MalformedEntryException("bytes after the last sample");
        }
        return header;
    }

    private static Header readHeader(ByteSource in) throws MalformedEntryException {
        return new Header(readTenant(in), in.readCount());
    }

    private static TenantId readTenant(ByteSource in) throws MalformedEntryException {
        int version = in.readByte();
        if (version != EntryWriter.VERSION) {
            throw new MalformedEntryException("unknown version " + version);
        }
        return TenantId.parse(in.readText())
                .orElseThrow(() -> new MalformedEntryException("tenant id breaks the rule"));
    }

    private EntryFamily[] readFamilies() throws MalformedEntryException {
        EntryFamily[] families = new EntryFamily[in.readCount()];
        for (int i = 0; i < families.length; i++) {
            families[i] = readFamily();
        }
        return families;
    }

    private EntryFamily readFamily() throws MalformedEntryException {
        String name = in.readText();
        AggregationKind kind = kinds.find(in.readByte()).orElseThrow(() -> new MalformedEntryException("unknown type"));
        return new EntryFamily(name, kind.readParameters(in));
    }

    private void readLabels() throws MalformedEntryException {
        int shared = in.readIndex(labels.length + 1);
        int rest = in.readCount();
        labels.set(shared, bytes, in.skip(rest), rest);
    }
}
