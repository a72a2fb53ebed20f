package dev.streamgauge.ingest.json;

import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import java.time.Instant;
import java.util.List;

/**
 * The samples that ingest makes of a body before it calls Redis, for tests in other packages. The only exception allowed
 * is a rejection.
 */
public final class PushedBody {

    /** Later than any timestamp that a test body has. */
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

    private static final BothParsers BOTH_PARSERS = new BothParsers(TenantLimits.DEFAULTS, NOW);

    private PushedBody() {}

    /** The samples of a JSON document that keep the rules; empty if it is malformed. */
    public static List<Sample> samplesOfDocument(byte[] body) {
        return BOTH_PARSERS.samplesOfDocument(body);
    }

    /** The samples of lines of JSON that keep the rules. */
    public static List<Sample> samplesOfLines(byte[] body) {
        return BOTH_PARSERS.samplesOfLines(body);
    }
}
