package dev.streamgauge.ingest;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.streamgauge.core.sample.Excerpt;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses a pushed body as a stream of tokens: one sample, an array of samples, an envelope with common labels, or one
 * sample per line. A flaw of one sample is noted in its draft; only a flaw of the body as a whole makes it malformed. It
 * stops at the first sample or value beyond its limits. Not thread-safe; one for each body.
 */
final class BodyParser {

    private static final int MAX_DEPTH = 16;
    private static final int MAX_NUMBER_LENGTH = 400;

    /** Room for the unescaped form of any string that fits a body; the rules have the real limits. */
    private static final int MAX_STRING_LENGTH = 64 << 20;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_LENGTH)
                    .maxStringLength(MAX_STRING_LENGTH)
                    .maxNameLength(MAX_STRING_LENGTH)
                    .build())
            .errorReportConfiguration(ErrorReportConfiguration.builder()
                    .maxErrorTokenLength(Excerpt.MAX_LENGTH)
                    .build())
            // NaN is rejected by index, as a value; without this it would be a syntax error of the whole body.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            // Names come from outside: interning them would let senders fill the JVM's tables.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private static final Pattern SOURCE = Pattern.compile("\\[Source: [^;]*; ([^]]*)]");

    private final int maxSamples;
    private final int maxValues;
    private int values;

    /**
     * A parser for one body.
     *
     * @param maxSamples maximum number of samples
     * @param maxValues maximum number of values and bucket counts in all arrays
     */
    BodyParser(int maxSamples, int maxValues) {
        this.maxSamples = maxSamples;
        this.maxValues = maxValues;
    }

    /** The body has more values than it may have. */
    private static final class TooManyValuesException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        TooManyValuesException() {
            super("too many values", null, false, false);
        }
    }

    /** Parses one JSON document. */
    ParsedBody parseDocument(byte[] body) {
        if (!isUtf8(body, 0, body.length)) {
            return malformed("body: not UTF-8");
        }
        List<SampleDraft> samples = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(body)) {
            ParsedBody parsed = parseRoot(parser, samples);
            if (parsed instanceof ParsedBody.Drafts && parser.nextToken() != null) {
                return malformed("body: something follows the JSON value");
            }
            return parsed;
        } catch (TooManyValuesException e) {
            return tooManyValues(samples);
        } catch (StreamReadException e) {
            JsonLocation place = e.getLocation();
            return malformed(
                    "body: " + messageOf(e) + " at line " + place.getLineNr() + ", column " + place.getColumnNr());
        } catch (StreamConstraintsException e) { // nested too deeply, or a number too long; it does not say where
            return malformed("body: " + messageOf(e));
        } catch (IOException e) {
            throw new UncheckedIOException("an array in memory does not fail", e);
        }
    }

    private ParsedBody parseRoot(JsonParser parser, List<SampleDraft> samples) throws IOException {
        SampleDraft root = new SampleDraft();
        JsonToken first = parser.nextToken();
        if (first == JsonToken.START_ARRAY) {
            return parseArray(parser, samples) ? new ParsedBody.Drafts(samples, root) : tooManySamples();
        }
        if (first != JsonToken.START_OBJECT) {
            return malformed("body: must be a sample, an array of samples, or an object with metrics");
        }
        Set<String> seen = new HashSet<>();
        boolean envelope = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            if (!field.equals("metrics")) {
                readField(parser, root, field, seen);
            } else if (envelope) {
                return malformed("metrics: given twice");
            } else if (parser.currentToken() != JsonToken.START_ARRAY) {
                return malformed("metrics: must be an array");
            } else if (parseArray(parser, samples)) {
                envelope = true;
            } else {
                return tooManySamples();
            }
        }
        if (!envelope) {
            return new ParsedBody.Drafts(List.of(root), new SampleDraft());
        }
        seen.remove("labels");
        return seen.isEmpty()
                ? new ParsedBody.Drafts(samples, root)
                : new ParsedBody.Malformed(
                        400, Reason.UNKNOWN_FIELD, "body: beside metrics only labels may stand", samples.size());
    }

    /** Parses one sample per line, and skips blank lines. */
    ParsedBody parseLines(byte[] body) {
        List<SampleDraft> samples = new ArrayList<>();
        int start = 0;
        while (start < body.length) {
            int end = start;
            while (end < body.length && body[end] != '\n') {
                end++;
            }
            if (!isBlank(body, start, end)) {
                if (samples.size() == maxSamples) {
                    return tooManySamples();
                }
                try {
                    samples.add(parseLine(body, start, end));
                } catch (TooManyValuesException e) {
                    return tooManyValues(samples);
                }
            }
            start = end + 1;
        }
        return new ParsedBody.Drafts(samples, new SampleDraft());
    }

    /** Parses one sample that takes up all bytes between two places, and whose values were counted before. */
    static SampleDraft parseSample(byte[] body, int start, int end) {
        return new BodyParser(1, Integer.MAX_VALUE).parseLine(body, start, end);
    }

    private SampleDraft parseLine(byte[] body, int start, int end) {
        SampleDraft sample = new SampleDraft();
        if (!isUtf8(body, start, end)) {
            sample.flaw(Reason.INVALID_JSON, "line: not UTF-8");
            return sample;
        }
        try (JsonParser parser = JSON.createParser(body, start, end - start)) {
            parser.nextToken();
            readSample(parser, sample);
            if (parser.nextToken() != null) {
                sample.flaw(Reason.INVALID_JSON, "line: something follows the JSON value");
            }
        } catch (StreamReadException | StreamConstraintsException e) {
            SampleDraft broken = new SampleDraft(); // whatever was read before the syntax error does not count
            broken.flaw(Reason.INVALID_JSON, "line: " + messageOf(e));
            return broken;
        } catch (IOException e) {
            throw new UncheckedIOException("an array in memory does not fail", e);
        }
        return sample;
    }

    /** Reads samples up to the end of the array; false if there are too many. */
    private boolean parseArray(JsonParser parser, List<SampleDraft> samples) throws IOException {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (samples.size() == maxSamples) {
                return false;
            }
            SampleDraft sample = new SampleDraft();
            readSample(parser, sample);
            samples.add(sample);
        }
        return true;
    }

    private void readSample(JsonParser parser, SampleDraft sample) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            sample.flaw(Reason.INVALID_JSON, "sample: must be an object");
            parser.skipChildren();
            return;
        }
        Set<String> seen = new HashSet<>(8);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            readField(parser, sample, field, seen);
        }
    }

    private void readField(JsonParser parser, SampleDraft sample, String field, Set<String> seen) throws IOException {
        if (!seen.add(field)) {
            sample.flaw(Reason.INVALID_JSON, "sample: a field is given twice");
        }
        switch (field) {
            case "name" -> readText(parser, sample, Reason.METRIC_NAME_INVALID, field, sample::name);
            case "type" -> readText(parser, sample, Reason.TYPE_UNKNOWN, field, sample::type);
            case "help" -> readText(parser, sample, Reason.HELP_INVALID, field, sample::help);
            case "unit" -> readText(parser, sample, Reason.UNIT_INVALID, field, sample::unit);
            case "value" -> readNumber(parser, sample, Reason.VALUE_INVALID, field, sample::value);
            case "sum" -> readNumber(parser, sample, Reason.VALUE_INVALID, field, sample::sum);
            case "timestamp" -> readNumber(parser, sample, Reason.TIMESTAMP_INVALID, field, sample::timestamp);
            case "values" -> readValues(parser, sample, field, sample::values);
            case "counts" -> readValues(parser, sample, field, sample::counts);
            case "buckets" -> readNumbers(parser, sample, Reason.BUCKETS_INVALID, field, sample::buckets);
            case "quantiles" -> readNumbers(parser, sample, Reason.QUANTILES_INVALID, field, sample::quantiles);
            case "epsilons" -> readNumbers(parser, sample, Reason.QUANTILES_INVALID, field, sample::epsilons);
            case "labels" -> readLabels(parser, sample);
            default -> {
                sample.flaw(Reason.UNKNOWN_FIELD, "sample: has a field that is not known; check its spelling");
                parser.skipChildren();
            }
        }
    }

    private interface TextSetter {
        void take(String text);
    }

    private interface NumberSetter {
        void take(double number);
    }

    private interface NumbersSetter {
        void take(double[] numbers);
    }

    private static void readText(JsonParser parser, SampleDraft sample, Reason reason, String field, TextSetter setter)
            throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            setter.take(parser.getText());
        } else {
            sample.flaw(reason, field + ": must be a string");
            parser.skipChildren();
        }
    }

    private static void readNumber(
            JsonParser parser, SampleDraft sample, Reason reason, String field, NumberSetter setter)
            throws IOException {
        if (isNumber(parser.currentToken())) {
            setter.take(parser.getDoubleValue());
        } else {
            sample.flaw(reason, field + ": must be a number");
            parser.skipChildren();
        }
    }

    private void readValues(JsonParser parser, SampleDraft sample, String field, NumbersSetter setter)
            throws IOException {
        readNumbers(parser, sample, Reason.VALUE_INVALID, field, maxValues - values, numbers -> {
            values += numbers.length;
            setter.take(numbers);
        });
    }

    private static void readNumbers(
            JsonParser parser, SampleDraft sample, Reason reason, String field, NumbersSetter setter)
            throws IOException {
        readNumbers(parser, sample, reason, field, Integer.MAX_VALUE, setter);
    }

    private static void readNumbers(
            JsonParser parser, SampleDraft sample, Reason reason, String field, int most, NumbersSetter setter)
            throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            sample.flaw(reason, field + ": must be an array of numbers");
            parser.skipChildren();
            return;
        }
        double[] numbers = new double[8];
        int size = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (!isNumber(parser.currentToken())) {
                sample.flaw(reason, field + ": must be an array of numbers");
                parser.skipChildren();
            } else {
                if (size == most) {
                    throw new TooManyValuesException();
                }
                if (size == numbers.length) {
                    numbers = Arrays.copyOf(numbers, size * 2);
                }
                numbers[size++] = parser.getDoubleValue();
            }
        }
        setter.take(Arrays.copyOf(numbers, size));
    }

    private static void readLabels(JsonParser parser, SampleDraft sample) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            sample.flaw(Reason.LABEL_INVALID, "labels: must be an object of strings");
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (parser.nextToken() == JsonToken.VALUE_STRING) {
                sample.label(name, parser.getText());
            } else {
                sample.flaw(Reason.LABEL_VALUE_INVALID, "labels: every value must be a string");
                parser.skipChildren();
            }
        }
    }

    private static boolean isNumber(@Nullable JsonToken token) {
        return token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
    }

    private static boolean isBlank(byte[] body, int start, int end) {
        for (int i = start; i < end; i++) {
            if (body[i] != ' ' && body[i] != '\t' && body[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether bytes are well-formed UTF-8 without NUL. The JSON parser lets some malformed sequences pass, and takes
     * text with NUL bytes for UTF-16 or UTF-32.
     */
    private static boolean isUtf8(byte[] bytes, int start, int end) {
        boolean ascii = true;
        for (int i = start; i < end; i++) {
            if (bytes[i] == 0) {
                return false;
            }
            ascii &= bytes[i] > 0;
        }
        if (ascii) {
            return true;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, end - start));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** What the JSON parser found wrong, without its description of the source. */
    private static String messageOf(JsonProcessingException e) {
        return SOURCE.matcher(e.getOriginalMessage()).replaceAll("$1");
    }

    private static ParsedBody malformed(String message) {
        return new ParsedBody.Malformed(400, Reason.INVALID_JSON, message, 0);
    }

    private ParsedBody tooManyValues(List<SampleDraft> samples) {
        return new ParsedBody.Malformed(
                413,
                Reason.MAX_VALUES_PER_REQUEST,
                "body: more than " + maxValues + " values; send them in several requests",
                samples.size() + 1);
    }

    private ParsedBody tooManySamples() {
        return new ParsedBody.Malformed(
                413,
                Reason.MAX_SAMPLES_PER_REQUEST,
                "body: more than " + maxSamples + " samples; send them in several requests",
                maxSamples + 1);
    }
}
