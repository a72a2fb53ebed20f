package dev.streamgauge.ingest.fuzz;

import dev.streamgauge.ingest.json.PushedBody;

/** Whatever a JSON body contains, the samples accepted from it can be stored, folded and exposed. */
public final class JsonBodyFuzz {

    /** A sample of three bytes costs a draft, and a rejection that says why. */
    private static final int BYTES_PER_BYTE = 3_000;

    private JsonBodyFuzz() {}

    /** Called by Jazzer, by this name. */
    public static void fuzzerTestOneInput(byte[] input) {
        Heap.bounded(input, BYTES_PER_BYTE, () -> Journey.check(PushedBody.samplesOfDocument(input)));
    }
}
