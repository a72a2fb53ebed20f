package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.tenant.TenantLimits;
import java.time.Instant;
import java.util.List;

/** What ingest makes of a body before it asks Redis, for tests in other packages. Nothing may come out but a rejection. */
public final class PushedBody {

    /** Later than any timestamp that a test body has. */
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

    private static final BothWays BOTH_WAYS = new BothWays(TenantLimits.DEFAULTS, NOW);

    private PushedBody() {}

    /** The samples of a JSON document that keep the rules; none of a malformed one. */
    public static List<Sample> samplesOfDocument(byte[] body) {
        return BOTH_WAYS.samplesOfDocument(body);
    }

    /** The samples of lines of JSON that keep the rules. */
    public static List<Sample> samplesOfLines(byte[] body) {
        return BOTH_WAYS.samplesOfLines(body);
    }

    /** The decompressed body; of no bytes if it is rejected. */
    public static byte[] decompress(byte[] body, int maxBytes) {
        try {
            return GzipBody.decompress(body, maxBytes);
        } catch (PushRejectedException rejected) {
            return new byte[0];
        }
    }
}
