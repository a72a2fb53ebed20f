package dev.streamgauge.ingest.fuzz;

import dev.streamgauge.core.entry.EntryReader;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;

/** Any stream entry can be merged or is malformed, and costs memory in proportion to its bytes. */
public final class EntryFuzz {

    /** Canonical labels that many samples of an entry share are copied for each of them. */
    private static final int BYTES_PER_BYTE = 4_000;

    private static final EntryId POSITION = new EntryId(1_763_700_000_000L, 0);

    private EntryFuzz() {}

    /** Called by Jazzer, by this name. */
    public static void fuzzerTestOneInput(byte[] input) {
        Heap.bounded(input, BYTES_PER_BYTE, () -> check(input));
    }

    private static void check(byte[] entry) {
        boolean hasHeader = EntryReader.header(entry).isPresent();
        EntryReader.familyNames(entry);
        FoldBatch batch = new FoldBatch();
        try {
            batch.add(POSITION, entry);
        } catch (MalformedEntryException malformed) {
            return; // goes to the dead letters
        }
        if (!hasHeader || batch.tenants().size() != 1) {
            throw new AssertionError("merged without a tenant");
        }
        batch.tenants()
                .forEach(tenant -> tenant.families()
                        .forEach(family -> family.series().forEach(series -> {
                            if (series.delta().packed().length != series.delta().packedLength()) {
                                throw new AssertionError("another length than announced");
                            }
                        })));
    }
}
