package dev.streamgauge.ingest.push;

import dev.streamgauge.ingest.protocol.PushRejectedException;

/** A compressed body, for tests in other packages. The only exception allowed is a rejection. */
public final class PushedGzip {

    private PushedGzip() {}

    /** The decompressed body; empty if it is rejected. */
    public static byte[] decompress(byte[] body, int maxBytes) {
        try {
            return GzipBody.decompress(body, maxBytes, any -> true);
        } catch (PushRejectedException rejected) {
            return new byte[0];
        }
    }
}
