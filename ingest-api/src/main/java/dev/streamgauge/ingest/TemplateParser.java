package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleRules;
import dev.streamgauge.core.sample.ValidationResult;
import dev.streamgauge.core.tenant.TenantLimits;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Validates a body by what is known of its samples' templates: where a text was accepted before, only its numbers are read and
 * validated. A sample of a new template is parsed and validated as {@link BodyParser} and the rules do it, and its template is learnt.
 *
 * <p>This way takes no body that the long one would not take, and makes the same samples of it. Whatever is not plain, and
 * whatever would be rejected, is left to the long way as a whole: it knows how to say what is wrong. Not thread-safe; one
 * for each body.
 */
final class TemplateParser {

    private static final byte[] NONE = {};
    private static final byte[] LABELS = "\"labels\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] METRICS = "\"metrics\"".getBytes(StandardCharsets.US_ASCII);

    private final TemplateCache templates;
    private final TenantLimits limits;
    private final SampleRules rules;
    private final byte[] body;
    private final List<Sample> samples = new ArrayList<>();
    private final List<@Nullable SampleTemplate> templatesOfSamples = new ArrayList<>();
    private byte[] common = NONE;
    private @Nullable SampleDraft commonDraft;
    private SampleScanner text;
    private long labelLength;

    private TemplateParser(TemplateCache templates, TenantLimits limits, Instant now, byte[] body) {
        this.templates = templates;
        this.limits = limits;
        this.rules = new SampleRules(limits, now);
        this.body = body;
        this.text = new SampleScanner(body, NONE, limits.maxValuesPerSample());
    }

    /** The samples of a JSON document; empty if it has to go the long way. */
    static Optional<ValidatedBody> validatedocument(
            TemplateCache templates, TenantLimits limits, Instant now, byte[] body) {
        TemplateParser parser = new TemplateParser(templates, limits, now, body);
        return parser.readDocument() ? parser.validated() : Optional.empty();
    }

    /** The samples of lines of JSON; empty if they have to go the long way. */
    static Optional<ValidatedBody> validateLines(
            TemplateCache templates, TenantLimits limits, Instant now, byte[] body) {
        TemplateParser parser = new TemplateParser(templates, limits, now, body);
        return parser.readLines() ? parser.validated() : Optional.empty();
    }

    private Optional<ValidatedBody> validated() {
        return Optional.of(new ValidatedBody(samples, List.of(), templatesOfSamples));
    }

    private boolean readDocument() {
        int start = text.skipBlank(0);
        if (is(start, '[')) {
            return isEnd(readArray(start));
        }
        int array = findMetrics(start);
        if (array < 0) {
            return isEnd(readSample(start));
        }
        int end = readArray(array);
        int brace = end < 0 ? end : text.skipBlank(end);
        return is(brace, '}') && isEnd(brace + 1);
    }

    private boolean readLines() {
        int start = 0;
        while (start < body.length) {
            int end = start;
            while (end < body.length && body[end] != '\n') {
                end++;
            }
            text.limit(end);
            int first = text.skipBlank(start);
            int rest = first == end ? end : readSample(first);
            if (rest < 0 || text.skipBlank(rest) < end) {
                return false;
            }
            start = end + 1;
        }
        return true;
    }

    /** Whether nothing but blanks follows; nothing follows what could not be read. */
    private boolean isEnd(int place) {
        return place >= 0 && text.skipBlank(place) == body.length;
    }

    private boolean is(int place, char character) {
        return place >= 0 && place < body.length && body[place] == character;
    }

    /** Where the array of an envelope begins, whose labels come first; -1 if this is no such thing. */
    private int findMetrics(int start) {
        if (!is(start, '{')) {
            return -1;
        }
        int place = text.skipBlank(start + 1);
        if (isKey(LABELS, place)) {
            int labels = afterColon(place + LABELS.length);
            int end = is(labels, '{') ? text.skipValue(labels) : -1;
            int comma = end < 0 ? end : text.skipBlank(end);
            if (!is(comma, ',')) {
                return -1;
            }
            place = text.skipBlank(comma + 1);
            if (isKey(METRICS, place)) {
                common = Arrays.copyOfRange(body, labels, end);
                text = new SampleScanner(body, common, limits.maxValuesPerSample());
            }
        }
        int array = isKey(METRICS, place) ? afterColon(place + METRICS.length) : -1;
        return is(array, '[') ? array : -1;
    }

    private boolean isKey(byte[] key, int place) {
        int end = place + key.length;
        return end <= body.length && Arrays.equals(body, place, end, key, 0, key.length);
    }

    private int afterColon(int from) {
        int colon = text.skipBlank(from);
        return is(colon, ':') ? text.skipBlank(colon + 1) : -1;
    }

    /** The place after the array; -1 if it has to go the long way, as one that is empty does. */
    private int readArray(int start) {
        int place = text.skipBlank(start + 1);
        while (true) {
            place = readSample(place);
            if (place < 0) {
                return -1;
            }
            place = text.skipBlank(place);
            if (is(place, ']')) {
                return place + 1;
            }
            if (!is(place, ',')) {
                return -1;
            }
            place = text.skipBlank(place + 1);
        }
    }

    /** The place after the sample; -1 if it has to go the long way. */
    private int readSample(int start) {
        int end = samples.size() < limits.maxSamplesPerRequest() ? text.read(start) : -1;
        if (end < 0) {
            return -1;
        }
        SampleTemplate template = templates.find(text, limits);
        Sample sample = template == null ? learn(start, end) : validate(template);
        if (sample == null || labelLength > limits.maxDecompressedBytes()) {
            return -1;
        }
        samples.add(sample);
        templatesOfSamples.add(template);
        return end;
    }

    private @Nullable Sample validate(SampleTemplate template) {
        labelLength += template.labelLength();
        OptionalDouble timestamp = text.hasTimestamp() ? OptionalDouble.of(text.timestamp()) : OptionalDouble.empty();
        ValidationResult validated =
                rules.validateNumbers(samples.size(), template.family(), template.labels(), text.values(), timestamp);
        return validated instanceof Sample sample ? sample : null;
    }

    private @Nullable Sample learn(int start, int end) {
        Optional<SampleDraft> ofEnvelope = commonLabels();
        if (ofEnvelope.isEmpty()) {
            return null;
        }
        SampleDraft draft = BodyParser.parseSample(body, start, end);
        draft.addCommonLabels(ofEnvelope.get());
        labelLength += draft.labelLength();
        if (!(rules.validate(samples.size(), draft) instanceof Sample sample)) {
            return null;
        }
        if (text.length() <= TemplateCache.MAX_TEXT) {
            templates.put(new SampleTemplate(
                    text.hash(),
                    text.copy(),
                    limits,
                    templates.shared(sample.family()),
                    sample.labels(),
                    draft.labelLength()));
        }
        return sample;
    }

    /** The envelope's labels, read when the first sample is new; empty if they break a rule. */
    private Optional<SampleDraft> commonLabels() {
        if (commonDraft == null) {
            byte[] envelope = envelopeOfLabels();
            SampleDraft draft =
                    common.length == 0 ? new SampleDraft() : BodyParser.parseSample(envelope, 0, envelope.length);
            if (rules.checkCommonLabels(draft).isPresent()) {
                return Optional.empty();
            }
            commonDraft = draft;
        }
        return Optional.of(commonDraft);
    }

    private byte[] envelopeOfLabels() {
        ByteBuffer envelope = ByteBuffer.allocate(LABELS.length + common.length + 3);
        return envelope.put((byte) '{')
                .put(LABELS)
                .put((byte) ':')
                .put(common)
                .put((byte) '}')
                .array();
    }
}
