package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.tenant.TenantLimits;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Validates bodies the long way, and by what is known of their samples' templates, and fails where the two do not make the same
 * of one. Templates are remembered from one body to the next, as ingest does it.
 */
final class BothWays {

    private final TemplateCache templates = new TemplateCache(4096);
    private final TenantLimits limits;
    private final Instant now;

    BothWays(TenantLimits limits, Instant now) {
        this.limits = limits;
        this.now = now;
    }

    /** The samples of a JSON document that keep the rules; none of a malformed one. */
    List<Sample> samplesOfDocument(byte[] body) {
        Optional<ValidatedBody> longWay = validate(new BodyParser(limits.maxSamplesPerRequest()).parseDocument(body));
        check(longWay, templatedDocument(body));
        check(longWay, templatedDocument(body)); // now that the templates are known
        return longWay.map(ValidatedBody::samples).orElse(List.of());
    }

    /** The samples of lines of JSON that keep the rules. */
    List<Sample> samplesOfLines(byte[] body) {
        Optional<ValidatedBody> longWay = validate(new BodyParser(limits.maxSamplesPerRequest()).parseLines(body));
        check(longWay, templatedLines(body));
        check(longWay, templatedLines(body));
        return longWay.map(ValidatedBody::samples).orElse(List.of());
    }

    Optional<ValidatedBody> templatedDocument(byte[] body) {
        return TemplateParser.validatedocument(templates, limits, now, body);
    }

    Optional<ValidatedBody> templatedLines(byte[] body) {
        return TemplateParser.validateLines(templates, limits, now, body);
    }

    /** Empty if nothing of the body is accepted. */
    private Optional<ValidatedBody> validate(ParsedBody parsed) {
        try {
            return parsed instanceof ParsedBody.Drafts drafts
                    ? Optional.of(ValidatedBody.validate(drafts, limits, now))
                    : Optional.empty();
        } catch (PushRejectedException rejected) {
            return Optional.empty();
        }
    }

    private static void check(Optional<ValidatedBody> longWay, Optional<ValidatedBody> parser) {
        if (parser.isEmpty()) {
            return;
        }
        if (longWay.isEmpty() || !longWay.get().rejections().isEmpty()) {
            throw new AssertionError("the short way takes what the long one rejects: " + longWay);
        }
        List<Sample> expected = longWay.get().samples();
        List<Sample> samples = parser.get().samples();
        if (!parser.get().rejections().isEmpty() || samples.size() != expected.size()) {
            throw new AssertionError("expected " + expected + ", not " + parser.get());
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
