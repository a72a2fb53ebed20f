package dev.streamgauge.ingest.json;

import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.core.validation.SampleRules;
import dev.streamgauge.core.validation.ValidationResult;
import dev.streamgauge.ingest.protocol.ParsedPush;
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
 * Parses and validates a body by the templates of its samples. If the text of a sample was accepted before, only its
 * numbers are read and validated. Otherwise {@link BodyParser} and the rules parse and validate the sample, and its
 * template is cached.
 *
 * <p>This parser accepts no body that the full parser would not accept, and makes the same samples of it. A body with
 * anything unusual, or anything to reject, is left to the full parser as a whole, which can say what is wrong. Not
 * thread-safe; one for each body.
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
    private SampleScanner scanner;
    private JsonPlaces places = JsonPlaces.OF_ONE;
    private long labelLength;
    private int values;

    private TemplateParser(TemplateCache templates, TenantLimits limits, Instant now, byte[] body) {
        this.templates = templates;
        this.limits = limits;
        this.rules = new SampleRules(limits, now);
        this.body = body;
        this.scanner = new SampleScanner(body, NONE, limits.maxValuesPerSample());
    }

    /** The samples of a JSON document; empty if it needs the full parser. */
    static Optional<ParsedPush.Samples> parseDocument(
            TemplateCache templates, TenantLimits limits, Instant now, byte[] body) {
        TemplateParser parser = new TemplateParser(templates, limits, now, body);
        return parser.readDocument() ? parser.validated() : Optional.empty();
    }

    /** The samples of lines of JSON; empty if they need the full parser. */
    static Optional<ParsedPush.Samples> parseLines(
            TemplateCache templates, TenantLimits limits, Instant now, byte[] body) {
        TemplateParser parser = new TemplateParser(templates, limits, now, body);
        return parser.readLines() ? parser.validated() : Optional.empty();
    }

    private Optional<ParsedPush.Samples> validated() {
        return Optional.of(new ParsedPush.Samples(samples, List.of(), places, templatesOfSamples));
    }

    private boolean readDocument() {
        int start = scanner.skipBlank(0);
        if (is(start, '[')) {
            places = JsonPlaces.OF_AN_ARRAY;
            return isEnd(readArray(start));
        }
        int array = findMetrics(start);
        if (array < 0) {
            return isEnd(readSample(start));
        }
        places = JsonPlaces.OF_AN_ENVELOPE;
        int end = readArray(array);
        int brace = end < 0 ? end : scanner.skipBlank(end);
        return is(brace, '}') && isEnd(brace + 1);
    }

    private boolean readLines() {
        JsonPlaces.Lines lines = new JsonPlaces.Lines();
        places = lines;
        int start = 0;
        while (start < body.length) {
            lines.line();
            int end = start;
            while (end < body.length && body[end] != '\n') {
                end++;
            }
            scanner.limit(end);
            int first = scanner.skipBlank(start);
            if (first < end) {
                lines.sample();
            }
            int rest = first == end ? end : readSample(first);
            if (rest < 0 || scanner.skipBlank(rest) < end) {
                return false;
            }
            start = end + 1;
        }
        return true;
    }

    /** Whether only blanks follow; false for a negative place, which means that something could not be read. */
    private boolean isEnd(int place) {
        return place >= 0 && scanner.skipBlank(place) == body.length;
    }

    private boolean is(int place, char character) {
        return place >= 0 && place < body.length && body[place] == character;
    }

    /**
     * The place where the array of an envelope begins, after its labels if there are any; -1 if this is no such
     * envelope.
     */
    private int findMetrics(int start) {
        if (!is(start, '{')) {
            return -1;
        }
        int place = scanner.skipBlank(start + 1);
        if (isKey(LABELS, place)) {
            int labels = afterColon(place + LABELS.length);
            int end = is(labels, '{') ? scanner.skipValue(labels) : -1;
            int comma = end < 0 ? end : scanner.skipBlank(end);
            if (!is(comma, ',')) {
                return -1;
            }
            place = scanner.skipBlank(comma + 1);
            if (isKey(METRICS, place)) {
                common = Arrays.copyOfRange(body, labels, end);
                scanner = new SampleScanner(body, common, limits.maxValuesPerSample());
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
        int colon = scanner.skipBlank(from);
        return is(colon, ':') ? scanner.skipBlank(colon + 1) : -1;
    }

    /** The place after the array; -1 if the body needs the full parser, as it does for an empty array. */
    private int readArray(int start) {
        int place = scanner.skipBlank(start + 1);
        while (true) {
            place = readSample(place);
            if (place < 0) {
                return -1;
            }
            place = scanner.skipBlank(place);
            if (is(place, ']')) {
                return place + 1;
            }
            if (!is(place, ',')) {
                return -1;
            }
            place = scanner.skipBlank(place + 1);
        }
    }

    /** The place after the sample; -1 if the body needs the full parser. */
    private int readSample(int start) {
        int end = samples.size() < limits.maxSamplesPerRequest() ? scanner.read(start) : -1;
        if (end < 0) {
            return -1;
        }
        values += scanner.valueCount();
        if (values > limits.maxValuesPerRequest()) {
            return -1;
        }
        SampleTemplate template = templates.find(scanner, limits);
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
        OptionalDouble timestamp =
                scanner.hasTimestamp() ? OptionalDouble.of(scanner.timestamp()) : OptionalDouble.empty();
        ValidationResult result = rules.validateNumbers(
                samples.size(), template.family(), template.labels(), scanner.values(), timestamp);
        return result instanceof Sample sample ? sample : null;
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
        if (scanner.length() <= TemplateCache.MAX_TEXT) {
            templates.put(new SampleTemplate(
                    scanner.hash(),
                    scanner.copy(),
                    limits,
                    templates.shared(sample.family()),
                    sample.labels(),
                    draft.labelLength()));
        }
        return sample;
    }

    /** The labels of the envelope, parsed for the first new template; empty if they break a rule. */
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
