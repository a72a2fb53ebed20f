package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.tenant.TenantLimits;
import java.time.Instant;
import java.util.List;

/** What ingest makes of a body before it asks Redis, for tests in other packages. Nothing may come out but a refusal. */
public final class PushedBody {

    /** Later than any timestamp that a test body has. */
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

    private static final TenantLimits LIMITS = TenantLimits.DEFAULTS;
    private static final BodyParser PARSER = new BodyParser(LIMITS.maxSamplesPerRequest());

    private PushedBody() {}

    /** The samples of a JSON document that keep the rules; none of a malformed one. */
    public static List<Sample> samplesOfDocument(byte[] body) {
        return judge(PARSER.parseDocument(body));
    }

    /** The samples of lines of JSON that keep the rules. */
    public static List<Sample> samplesOfLines(byte[] body) {
        return judge(PARSER.parseLines(body));
    }

    /** The decompressed body; of no bytes if it is refused. */
    public static byte[] decompress(byte[] body, int maxBytes) {
        try {
            return GzipBody.decompress(body, maxBytes);
        } catch (PushRefusedException refused) {
            return new byte[0];
        }
    }

    private static List<Sample> judge(ParsedBody parsed) {
        try {
            return parsed instanceof ParsedBody.Drafts drafts
                    ? JudgedBody.judge(drafts, LIMITS, NOW).samples()
                    : List.of();
        } catch (PushRefusedException refused) {
            return List.of();
        }
    }
}
