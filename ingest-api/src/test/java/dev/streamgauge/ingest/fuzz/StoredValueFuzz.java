package dev.streamgauge.ingest.fuzz;

import dev.streamgauge.core.exposition.TextWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.testkit.ParsedExposition;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Any family row and series value in Redis is either exposed in a readable form or not at all. The first byte of the
 * input is the length of the row; the row and the value follow.
 */
public final class StoredValueFuzz {

    private static final long NOW_MILLIS = 1_763_700_000_000L;

    /** A row of 64 KB may have 8,000 bounds, each of them a line. */
    private static final int BYTES_PER_BYTE = 4_000;

    private StoredValueFuzz() {}

    /** Called by Jazzer, by this name. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length > 0) {
            int end = Math.min(input.length, 1 + Byte.toUnsignedInt(input[0]));
            byte[] row = Arrays.copyOfRange(input, 1, end);
            byte[] value = Arrays.copyOfRange(input, end, input.length);
            Heap.bounded(input, BYTES_PER_BYTE, () -> check(row, value));
        }
    }

    private static void check(byte[] row, byte[] value) {
        Optional<StoredSeries> stored;
        Family family;
        try {
            family = FamilyCodec.decode("m", row);
            stored = StoredSeries.decode(family, value);
        } catch (IllegalArgumentException unreadable) {
            return; // skipped and counted
        }
        if (stored.isPresent()) {
            TextWriter text = new TextWriter(256);
            text.beginFamily(family);
            text.writeSeries(CanonicalLabels.NONE, stored.get().snapshot(NOW_MILLIS));
            ParsedExposition.parse(new String(text.take(), StandardCharsets.UTF_8));
        }
    }
}
