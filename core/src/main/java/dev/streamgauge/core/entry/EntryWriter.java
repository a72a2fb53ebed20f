package dev.streamgauge.core.entry;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.stream.ByteSink;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes the samples of one request as stream entries. Each entry has one tenant, its own table of families, and
 * everything that folding needs: the kinds and parameters under which its samples were admitted.
 *
 * <pre>
 * u8      version, {@value #VERSION}
 * text    tenant
 * varint  number of samples
 * varint  number of families, then each:
 *           text  name
 *           u8    kind's letter
 *           …     the parameters that the kind needs for folding
 * then each sample:
 *   varint  family, from 0
 *   varint  length of the prefix that its canonical labels share with those of the previous sample
 *   text    the rest of its canonical labels
 *   …       its value, as the kind writes it
 * </pre>
 *
 * <p>A text is a varint length and as many bytes of UTF-8; a varint is LEB128; f64 is big-endian. The canonical
 * labels of one request often share a prefix, hence the front coding.
 */
public final class EntryWriter {

    /** The version written. A release reads a version before any release writes it. */
    public static final int VERSION = 1;

    /** Bytes after which a request continues in the next entry; one sample may exceed it. */
    static final int MAX_BYTES = 48 * 1024;

    /** Units of folding that an entry may have, see {@link FoldUnits}; one sample may exceed it. */
    static final int MAX_UNITS = 1_000;

    private final Map<String, Integer> families = new LinkedHashMap<>();
    private final ByteSink familyTable = new ByteSink(256);
    private final ByteSink samples = new ByteSink(1024);

    /** Series whose stored values may be large. */
    private final Set<SeriesKey> largeSeries = new HashSet<>();

    private int sampleCount;
    private int units;
    private int fullValueUnits;
    private long labelBytes;
    private byte[] previousLabels = CanonicalLabels.NONE.bytes();

    private EntryWriter() {}

    private record SeriesKey(String family, CanonicalLabels labels) {

        static SeriesKey of(Sample sample) {
            return new SeriesKey(sample.family().name(), sample.labels());
        }
    }

    /**
     * Encodes samples in their order, split where an entry gets too large; all samples of one family must name the same
     * family.
     */
    public static List<byte[]> encode(TenantId tenant, List<Sample> samples) {
        List<byte[]> entries = new ArrayList<>(1);
        EntryWriter writer = new EntryWriter();
        for (Sample sample : samples) {
            if (writer.sampleCount > 0 && !writer.hasRoomFor(sample)) {
                entries.add(writer.entry(tenant));
                writer = new EntryWriter();
            }
            writer.add(sample);
        }
        if (writer.sampleCount > 0) {
            entries.add(writer.entry(tenant));
        }
        return entries;
    }

    private boolean hasRoomFor(Sample sample) {
        int sum = units
                + unitsOf(sample)
                + FoldUnits.ofLabels(labelBytes + sample.labels().length());
        return sum <= MAX_UNITS
                && sum + FoldUnits.OF_ENTRY + fullValueUnits + fullValueUnitsOf(sample) <= FoldUnits.MAX_PER_CALL
                && samples.size() + familyTable.size() < MAX_BYTES;
    }

    /** What the entry costs more by that sample if all its series are as large as can be in the store. */
    private int fullValueUnitsOf(Sample sample) {
        int ofValue = sample.family().aggregation().fullValueUnits();
        return ofValue == 0 || largeSeries.contains(SeriesKey.of(sample)) ? 0 : ofValue;
    }

    private static int unitsOf(Sample sample) {
        Aggregation aggregation = sample.family().aggregation();
        return aggregation.seriesUnits() + aggregation.sampleUnits(sample.value());
    }

    private void add(Sample sample) {
        Family family = sample.family();
        Integer known = families.get(family.name());
        int place = known == null ? addFamily(family) : known;
        samples.writeVarint(place);
        writeLabels(sample.labels().bytes());
        family.aggregation().writeSample(samples, sample.value(), sample.index(), sample.timestampMillis());
        sampleCount++;
        units += unitsOf(sample);
        labelBytes += sample.labels().length();
        int ofFullValue = family.aggregation().fullValueUnits();
        if (ofFullValue > 0 && largeSeries.add(SeriesKey.of(sample))) {
            fullValueUnits += ofFullValue;
        }
    }

    private int addFamily(Family family) {
        int place = families.size();
        families.put(family.name(), place);
        familyTable.writeText(family.name().getBytes(StandardCharsets.UTF_8));
        familyTable.writeByte(family.aggregation().kind().code());
        family.aggregation().writeParameters(familyTable);
        return place;
    }

    private void writeLabels(byte[] labels) {
        int shared = Arrays.mismatch(previousLabels, labels);
        int prefix = shared < 0 ? labels.length : shared;
        samples.writeVarint(prefix);
        samples.writeVarint(labels.length - prefix);
        samples.writeBytes(labels, prefix, labels.length - prefix);
        previousLabels = labels;
    }

    private byte[] entry(TenantId tenant) {
        ByteSink entry = new ByteSink(familyTable.size() + samples.size() + 32);
        entry.writeByte(VERSION);
        entry.writeText(tenant.bytes());
        entry.writeVarint(sampleCount);
        entry.writeVarint(families.size());
        entry.write(familyTable);
        entry.write(samples);
        return entry.toByteArray();
    }
}
