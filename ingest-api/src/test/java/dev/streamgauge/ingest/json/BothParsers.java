package dev.streamgauge.ingest.json;

import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.ingest.admission.ValidatedBody;
import dev.streamgauge.ingest.rejection.PushRejectedException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Validates bodies by the full parser and by the template parser, and fails if their results differ. Templates are kept
 * from one body to the next, as in ingest.
 */
final class BothParsers {

    private final TemplateCache templates = new TemplateCache(4096);
    private final TenantLimits limits;
    private final Instant now;

    BothParsers(TenantLimits limits, Instant now) {
        this.limits = limits;
        this.now = now;
    }

    /** The samples of a JSON document that keep the rules; empty if it is malformed. */
    List<Sample> samplesOfDocument(byte[] body) {
        Optional<ValidatedBody> byFullParser = validate(
                new BodyParser(limits.maxSamplesPerRequest(), limits.maxValuesPerRequest()).parseDocument(body));
        check(byFullParser, templatedDocument(body));
        check(byFullParser, templatedDocument(body)); // now that the templates are known
        return byFullParser.map(ValidatedBody::samples).orElse(List.of());
    }

    /** The samples of lines of JSON that keep the rules. */
    List<Sample> samplesOfLines(byte[] body) {
        Optional<ValidatedBody> byFullParser =
                validate(new BodyParser(limits.maxSamplesPerRequest(), limits.maxValuesPerRequest()).parseLines(body));
        check(byFullParser, templatedLines(body));
        check(byFullParser, templatedLines(body));
        return byFullParser.map(ValidatedBody::samples).orElse(List.of());
    }

    Optional<ValidatedBody> templatedDocument(byte[] body) {
        return TemplateParser.validateDocument(templates, limits, now, body);
    }

    Optional<ValidatedBody> templatedLines(byte[] body) {
        return TemplateParser.validateLines(templates, limits, now, body);
    }

    /** Empty if nothing of the body is accepted. */
    private Optional<ValidatedBody> validate(ParsedBody parsed) {
        try {
            return parsed instanceof ParsedBody.Drafts drafts
                    ? Optional.of(drafts.validate(limits, now))
                    : Optional.empty();
        } catch (PushRejectedException rejected) {
            return Optional.empty();
        }
    }

    private static void check(Optional<ValidatedBody> byFullParser, Optional<ValidatedBody> byTemplates) {
        if (byTemplates.isEmpty()) {
            return;
        }
        if (byFullParser.isEmpty() || !byFullParser.get().rejections().isEmpty()) {
            throw new AssertionError("the template parser accepts what the full parser rejects: " + byFullParser);
        }
        List<Sample> expected = byFullParser.get().samples();
        List<Sample> samples = byTemplates.get().samples();
        if (!byTemplates.get().rejections().isEmpty() || samples.size() != expected.size()) {
            throw new AssertionError("expected " + expected + ", not " + byTemplates.get());
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
                : one.equals(other); // the template parser never reads counts
    }
}
