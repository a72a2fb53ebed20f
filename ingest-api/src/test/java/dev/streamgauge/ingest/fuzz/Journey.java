package dev.streamgauge.ingest.fuzz;

import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.entry.FoldBatch.FamilyDeltas;
import dev.streamgauge.core.entry.FoldBatch.TenantDeltas;
import dev.streamgauge.core.exposition.TextWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.testkit.ParsedExposition;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The way of accepted samples without Redis: into entries, out of them, merged, stored, and shown by a scrape that the
 * strictest reader takes.
 */
final class Journey {

    private static final TenantId TENANT = new TenantId("shop");
    private static final long NOW_MILLIS = 1_763_700_000_000L;
    private static final List<String> SUFFIXES = List.of("", "_bucket", "_sum", "_count");

    private Journey() {}

    static void check(List<Sample> accepted) {
        Map<String, Family> families = new HashMap<>();
        List<Sample> admitted = admit(accepted, families);
        FoldBatch batch = new FoldBatch();
        int samples = 0;
        for (byte[] entry : EntryWriter.encode(TENANT, admitted)) {
            merge(batch, new EntryId(NOW_MILLIS, batch.entries().size()), entry);
        }
        for (TenantDeltas tenant : batch.tenants()) {
            samples += tenant.samples();
            checkScrape(tenant, families);
        }
        if (samples != admitted.size()) {
            throw new AssertionError(admitted.size() + " samples went into entries, " + samples + " came out");
        }
    }

    /** As admission does: a family's first sample defines it, and no family may expose the series of another. */
    private static List<Sample> admit(List<Sample> accepted, Map<String, Family> families) {
        List<Sample> admitted = new ArrayList<>();
        Set<String> shown = new HashSet<>();
        for (Sample sample : accepted) {
            String name = sample.family().name();
            if (!families.containsKey(name) && SUFFIXES.stream().noneMatch(suffix -> shown.contains(name + suffix))) {
                SUFFIXES.forEach(suffix -> shown.add(name + suffix));
                families.put(name, FamilyCodec.decode(name, FamilyCodec.encode(sample.family())));
                if (!families.get(name).equals(sample.family())) {
                    throw new AssertionError("another family was stored: " + families.get(name));
                }
            }
            Family family = families.get(name);
            if (family != null && sample.under(family) instanceof Sample fit) {
                admitted.add(fit);
            }
        }
        return admitted;
    }

    private static void merge(FoldBatch batch, EntryId id, byte[] entry) {
        try {
            batch.add(id, entry);
        } catch (MalformedEntryException e) {
            throw new AssertionError("our own entry is malformed", e);
        }
    }

    private static void checkScrape(TenantDeltas tenant, Map<String, Family> families) {
        Map<String, FamilyDeltas> sorted = new TreeMap<>();
        tenant.families().forEach(family -> sorted.put(family.family().name(), family));
        TextWriter text = new TextWriter(1024);
        sorted.forEach((name, deltas) -> {
            Family family = families.get(name);
            text.beginFamily(family);
            deltas.series().forEach(series -> {
                CanonicalLabels labels = series.labels();
                if (!CanonicalLabels.isCanonical(
                        labels.bytes(), family.aggregation().kind().reservedLabel())) {
                    throw new AssertionError("would be skipped: " + labels);
                }
                text.writeSeries(labels, stored(family, series.delta()).snapshot(NOW_MILLIS));
            });
        });
        ParsedExposition scrape = ParsedExposition.parse(decode(text.take()));
        if (!scrape.families().keySet().equals(sorted.keySet())) {
            throw new AssertionError("other families are shown: " + scrape.families());
        }
    }

    /** What the fold script makes of a first delta, read back. */
    private static StoredSeries stored(Family family, SeriesDelta delta) {
        byte[] packed = delta.packed();
        ByteBuffer value = ByteBuffer.allocate(StoredSeries.HEADER_LENGTH + packed.length);
        value.put((byte) family.aggregation().kind().storedCodes().charAt(0))
                .putDouble((double) NOW_MILLIS)
                .putInt((int) (NOW_MILLIS / 1_000))
                .put(packed);
        return StoredSeries.decode(family, value.array()).orElseThrow();
    }

    private static String decode(byte[] utf8) {
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
            return text.toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("the scrape is no UTF-8", e);
        }
    }
}
