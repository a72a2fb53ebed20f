package dev.streamgauge.ingest.json;

import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.ingest.protocol.ParsedPush;
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
        Optional<ParsedPush.Samples> byFullParser = validate(
                new BodyParser(limits.maxSamplesPerRequest(), limits.maxValuesPerRequest()).parseDocument(body));
        check(byFullParser, templatedDocument(body));
        check(byFullParser, templatedDocument(body)); // now that the templates are known
        return byFullParser.map(ParsedPush.Samples::valid).orElse(List.of());
    }

    /** The samples of lines of JSON that keep the rules. */
    List<Sample> samplesOfLines(byte[] body) {
        Optional<ParsedPush.Samples> byFullParser =
                validate(new BodyParser(limits.maxSamplesPerRequest(), limits.maxValuesPerRequest()).parseLines(body));
        check(byFullParser, templatedLines(body));
        check(byFullParser, templatedLines(body));
        return byFullParser.map(ParsedPush.Samples::valid).orElse(List.of());
    }

    Optional<ParsedPush.Samples> templatedDocument(byte[] body) {
        return TemplateParser.parseDocument(templates, limits, now, body);
    }

    Optional<ParsedPush.Samples> templatedLines(byte[] body) {
        return TemplateParser.parseLines(templates, limits, now, body);
    }

    /** Empty if the body is rejected as a whole. */
    private Optional<ParsedPush.Samples> validate(ParsedBody parsed) {
        return parsed.validate(limits, now) instanceof ParsedPush.Samples samples
                ? Optional.of(samples)
                : Optional.empty();
    }

    private static void check(Optional<ParsedPush.Samples> byFullParser, Optional<ParsedPush.Samples> byTemplates) {
        if (byTemplates.isEmpty()) {
            return;
        }
        if (byFullParser.isEmpty() || !byFullParser.get().rejected().isEmpty()) {
            throw new AssertionError("the template parser accepts what the full parser rejects: " + byFullParser);
        }
        List<Sample> expected = byFullParser.get().valid();
        List<Sample> samples = byTemplates.get().valid();
        if (!byTemplates.get().rejected().isEmpty() || samples.size() != expected.size()) {
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
