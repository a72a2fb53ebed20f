package dev.streamgauge.core.entry;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.snapshot.MetricType;
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
 * everything that folding needs: the types and layouts under which its samples were admitted.
 *
 * <pre>
 * u8      version, {@value #VERSION}
 * text    tenant
 * varint  number of samples
 * varint  number of families, then each:
 *           text  name
 *           u8    type's letter
 *           histogram only: varint number of bounds, then bounds as f64
 * then each sample:
 *   varint  family, from 0
 *   varint  length of the prefix that its canonical labels share with those of the previous sample
 *   text    the rest of its canonical labels
 *   counter:    f64 increment
 *   gauge:      varint index in the request, varint timestamp + 1 in Unix ms (0 is none), f64 value
 *   histogram:  varint number of raw values, then values as f64;
 *               or varint 0, f64 sum, and a varint count for each bucket of the family
 *   summary:    varint number of raw values, then values as f64
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
    private final Set<SummarySeries> summaries = new HashSet<>();
    private int sampleCount;
    private int units;
    private long labelBytes;
    private byte[] previousLabels = CanonicalLabels.NONE.bytes();

    private EntryWriter() {}

    private record SummarySeries(String family, CanonicalLabels labels) {

        static SummarySeries of(Sample sample) {
            return new SummarySeries(sample.family().name(), sample.labels());
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
                && sum + FoldUnits.OF_ENTRY + unitsOfFullSketches(sample) <= FoldUnits.MAX_PER_CALL
                && samples.size() + familyTable.size() < MAX_BYTES;
    }

    /** What the entry costs more if all its summaries are full in the store, that sample's too. */
    private int unitsOfFullSketches(Sample sample) {
        boolean isAnother =
                sample.family().type() == MetricType.SUMMARY && !summaries.contains(SummarySeries.of(sample));
        return FoldUnits.OF_FULL_SKETCHES * (summaries.size() + (isAnother ? 1 : 0));
    }

    private static int unitsOf(Sample sample) {
        Family family = sample.family();
        int ofSeries = FoldUnits.ofSeries(family.type(), family.layout());
        return family.type() == MetricType.SUMMARY
                        && sample.value() instanceof SampleValue.Observations(double[] values)
                ? ofSeries + FoldUnits.ofSummaryValues(values.length)
                : ofSeries;
    }

    private void add(Sample sample) {
        Family family = sample.family();
        Integer known = families.get(family.name());
        int place = known == null ? addFamily(family) : known;
        samples.writeVarint(place);
        writeLabels(sample.labels().bytes());
        switch (family.type()) {
            case COUNTER -> samples.writeDouble(scalar(sample));
            case GAUGE -> {
                samples.writeVarint(sample.index());
                samples.writeVarint(sample.timestampMillis() + 1);
                samples.writeDouble(scalar(sample));
            }
            case HISTOGRAM -> writeDistribution(sample.value());
            case SUMMARY -> {
                writeDistribution(sample.value());
                summaries.add(SummarySeries.of(sample));
            }
        }
        sampleCount++;
        units += unitsOf(sample);
        labelBytes += sample.labels().length();
    }

    private int addFamily(Family family) {
        int place = families.size();
        families.put(family.name(), place);
        familyTable.writeText(family.name().getBytes(StandardCharsets.UTF_8));
        familyTable.writeByte(family.type().code());
        if (family.type() == MetricType.HISTOGRAM) {
            BucketLayout layout = family.layout();
            familyTable.writeVarint(layout.boundCount());
            for (int i = 0; i < layout.boundCount(); i++) {
                familyTable.writeDouble(layout.bound(i));
            }
        }
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

    private double scalar(Sample sample) {
        if (!(sample.value() instanceof SampleValue.Scalar(double value))) {
            throw new IllegalArgumentException("a counter or gauge carries one value");
        }
        return value;
    }

    private void writeDistribution(SampleValue value) {
        switch (value) {
            case SampleValue.Observations(double[] values) -> {
                samples.writeVarint(values.length);
                for (double observation : values) {
                    samples.writeDouble(observation);
                }
            }
            case SampleValue.BucketCounts(var layout, long[] counts, double sum) -> {
                samples.writeVarint(0);
                samples.writeDouble(sum);
                for (long count : counts) {
                    samples.writeVarint(count);
                }
            }
            case SampleValue.Scalar scalar ->
                throw new IllegalArgumentException("a histogram or summary carries values or counts");
        }
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
