package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Judged;
import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleRules;
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
 * Judges a body by what is known of its samples' shapes: where a text was accepted before, only its numbers are read and
 * judged. A sample of a new shape is parsed and judged as {@link BodyParser} and the rules do it, and its shape is learnt.
 *
 * <p>This way takes no body that the long one would not take, and makes the same samples of it. Whatever is not plain, and
 * whatever would be refused, is left to the long way as a whole: it knows how to say what is wrong. Not thread-safe; one
 * for each body.
 */
final class FamiliarBody {

    private static final byte[] NONE = {};
    private static final byte[] LABELS = "\"labels\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] METRICS = "\"metrics\"".getBytes(StandardCharsets.US_ASCII);

    private final SampleShapes shapes;
    private final TenantLimits limits;
    private final SampleRules rules;
    private final byte[] body;
    private final List<Sample> samples = new ArrayList<>();
    private final List<@Nullable SampleShape> shapesOfSamples = new ArrayList<>();
    private byte[] common = NONE;
    private @Nullable SampleDraft commonDraft;
    private SampleText text;
    private long labelLength;

    private FamiliarBody(SampleShapes shapes, TenantLimits limits, Instant now, byte[] body) {
        this.shapes = shapes;
        this.limits = limits;
        this.rules = new SampleRules(limits, now);
        this.body = body;
        this.text = new SampleText(body, NONE, limits.maxValuesPerSample());
    }

    /** The samples of a JSON document; empty if it has to go the long way. */
    static Optional<JudgedBody> judgeDocument(SampleShapes shapes, TenantLimits limits, Instant now, byte[] body) {
        FamiliarBody familiar = new FamiliarBody(shapes, limits, now, body);
        return familiar.readDocument() ? familiar.judged() : Optional.empty();
    }

    /** The samples of lines of JSON; empty if they have to go the long way. */
    static Optional<JudgedBody> judgeLines(SampleShapes shapes, TenantLimits limits, Instant now, byte[] body) {
        FamiliarBody familiar = new FamiliarBody(shapes, limits, now, body);
        return familiar.readLines() ? familiar.judged() : Optional.empty();
    }

    private Optional<JudgedBody> judged() {
        return Optional.of(new JudgedBody(samples, List.of(), shapesOfSamples));
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
                text = new SampleText(body, common, limits.maxValuesPerSample());
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
        SampleShape shape = shapes.find(text, limits);
        Sample sample = shape == null ? learn(start, end) : judge(shape);
        if (sample == null || labelLength > limits.maxDecompressedBytes()) {
            return -1;
        }
        samples.add(sample);
        shapesOfSamples.add(shape);
        return end;
    }

    private @Nullable Sample judge(SampleShape shape) {
        labelLength += shape.labelLength();
        OptionalDouble timestamp = text.hasTimestamp() ? OptionalDouble.of(text.timestamp()) : OptionalDouble.empty();
        Judged judged = rules.judgeNumbers(samples.size(), shape.family(), shape.labels(), text.values(), timestamp);
        return judged instanceof Sample sample ? sample : null;
    }

    private @Nullable Sample learn(int start, int end) {
        Optional<SampleDraft> ofEnvelope = commonLabels();
        if (ofEnvelope.isEmpty()) {
            return null;
        }
        SampleDraft draft = BodyParser.parseSample(body, start, end);
        draft.addCommonLabels(ofEnvelope.get());
        labelLength += draft.labelLength();
        if (!(rules.judge(samples.size(), draft) instanceof Sample sample)) {
            return null;
        }
        if (text.length() <= SampleShapes.MAX_TEXT) {
            shapes.put(new SampleShape(
                    text.hash(),
                    text.copy(),
                    limits,
                    shapes.shared(sample.family()),
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
