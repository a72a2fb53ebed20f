package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.tenant.TenantLimits;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Judges bodies the long way, and by what is known of their samples' shapes, and fails where the two do not make the same
 * of one. Shapes are remembered from one body to the next, as ingest does it.
 */
final class BothWays {

    private final SampleShapes shapes = new SampleShapes(4096);
    private final TenantLimits limits;
    private final Instant now;

    BothWays(TenantLimits limits, Instant now) {
        this.limits = limits;
        this.now = now;
    }

    /** The samples of a JSON document that keep the rules; none of a malformed one. */
    List<Sample> samplesOfDocument(byte[] body) {
        Optional<JudgedBody> longWay = judge(new BodyParser(limits.maxSamplesPerRequest()).parseDocument(body));
        check(longWay, familiarDocument(body));
        check(longWay, familiarDocument(body)); // now that the shapes are known
        return longWay.map(JudgedBody::samples).orElse(List.of());
    }

    /** The samples of lines of JSON that keep the rules. */
    List<Sample> samplesOfLines(byte[] body) {
        Optional<JudgedBody> longWay = judge(new BodyParser(limits.maxSamplesPerRequest()).parseLines(body));
        check(longWay, familiarLines(body));
        check(longWay, familiarLines(body));
        return longWay.map(JudgedBody::samples).orElse(List.of());
    }

    Optional<JudgedBody> familiarDocument(byte[] body) {
        return FamiliarBody.judgeDocument(shapes, limits, now, body);
    }

    Optional<JudgedBody> familiarLines(byte[] body) {
        return FamiliarBody.judgeLines(shapes, limits, now, body);
    }

    /** Empty if nothing of the body is accepted. */
    private Optional<JudgedBody> judge(ParsedBody parsed) {
        try {
            return parsed instanceof ParsedBody.Drafts drafts
                    ? Optional.of(JudgedBody.judge(drafts, limits, now))
                    : Optional.empty();
        } catch (PushRefusedException refused) {
            return Optional.empty();
        }
    }

    private static void check(Optional<JudgedBody> longWay, Optional<JudgedBody> familiar) {
        if (familiar.isEmpty()) {
            return;
        }
        if (longWay.isEmpty() || !longWay.get().refusals().isEmpty()) {
            throw new AssertionError("the short way takes what the long one refuses: " + longWay);
        }
        List<Sample> expected = longWay.get().samples();
        List<Sample> samples = familiar.get().samples();
        if (!familiar.get().refusals().isEmpty() || samples.size() != expected.size()) {
            throw new AssertionError("expected " + expected + ", not " + familiar.get());
        }
        for (int i = 0; i < samples.size(); i++) {
            if (!isSame(expected.get(i), samples.get(i))) {
                throw new AssertionError("expected " + expected.get(i) + ", not " + samples.get(i));
            }
        }
    }

    private static boolean isSame(Sample one, Sample other) {
        return one.index() == other.index()
                && one.family().equals(other.family())
                && one.labels().equals(other.labels())
                && one.timestampMillis() == other.timestampMillis()
                && isSame(one.value(), other.value());
    }

    private static boolean isSame(SampleValue one, SampleValue other) {
        boolean areObservations = one instanceof SampleValue.Observations && other instanceof SampleValue.Observations;
        return areObservations
                ? Arrays.equals(((SampleValue.Observations) one).values(), ((SampleValue.Observations) other).values())
                : one.equals(other); // counts never go the short way
    }
}
