package dev.streamgauge.ingest.fuzz;

import dev.streamgauge.ingest.json.PushedBody;

/** Whatever a body of lines contains, the samples accepted from it can be stored, folded and exposed. */
public final class NdjsonBodyFuzz {

    /** A line of one byte costs a parser with its buffers, though not at the same time. */
    private static final int BYTES_PER_BYTE = 20_000;

    private NdjsonBodyFuzz() {}

    /** Called by Jazzer, by this name. */
    public static void fuzzerTestOneInput(byte[] input) {
        Heap.bounded(input, BYTES_PER_BYTE, () -> Journey.check(PushedBody.samplesOfLines(input)));
    }
}
