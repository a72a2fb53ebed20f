package dev.streamgauge.ingest.json;

import com.fasterxml.jackson.core.ErrorReportConfiguration;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.text.Excerpt;
import dev.streamgauge.ingest.protocol.PushError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

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

    private final int maxSamples;
    private final int maxValues;
    private final SampleReader reader;

    /**
     * A parser for one body.
     *
     * @param maxSamples maximum number of samples
     * @param maxValues maximum number of values and bucket counts in all arrays
     */
    BodyParser(int maxSamples, int maxValues) {
        this.maxSamples = maxSamples;
        this.maxValues = maxValues;
        this.reader = new SampleReader(maxValues);
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
                return malformed(
                        "body: something follows the JSON value; send several values in an array, or one per line"
                                + " as application/x-ndjson");
            }
            return parsed;
        } catch (SampleReader.TooManyValuesException e) {
            return tooManyValues(samples);
        } catch (StreamReadException e) {
            JsonLocation place = e.getLocation();
            return malformed(
                    "body: " + wordsOf(e) + " at line " + place.getLineNr() + ", column " + place.getColumnNr());
        } catch (StreamConstraintsException e) {
            return malformed("body: " + wordsOf(e));
        } catch (IOException e) {
            throw new UncheckedIOException("an array in memory does not fail", e);
        }
    }

    private ParsedBody parseRoot(JsonParser parser, List<SampleDraft> samples) throws IOException {
        SampleDraft root = new SampleDraft();
        JsonToken first = parser.nextToken();
        if (first == JsonToken.START_ARRAY) {
            return parseArray(parser, samples)
                    ? new ParsedBody.Drafts(samples, root, JsonPlaces.OF_AN_ARRAY)
                    : tooManySamples();
        }
        if (first != JsonToken.START_OBJECT) {
            return malformed("body: must be a sample, an array of samples, or an object with metrics");
        }
        Set<String> seen = new LinkedHashSet<>();
        boolean envelope = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            if (!field.equals("metrics")) {
                reader.readRootField(parser, root, field, seen);
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
            return new ParsedBody.Drafts(List.of(root), new SampleDraft(), JsonPlaces.OF_ONE);
        }
        seen.remove("labels");
        return seen.isEmpty()
                ? new ParsedBody.Drafts(samples, root, JsonPlaces.OF_AN_ENVELOPE)
                : new ParsedBody.Malformed(
                        400,
                        Reason.UNKNOWN_FIELD,
                        "body: " + Excerpt.quoted(seen.iterator().next())
                                + " beside metrics, where only labels may stand",
                        samples.size());
    }

    /** Parses one sample per line, and skips blank lines. */
    ParsedBody parseLines(byte[] body) {
        List<SampleDraft> samples = new ArrayList<>();
        JsonPlaces.Lines places = new JsonPlaces.Lines();
        int start = 0;
        while (start < body.length) {
            int end = start;
            while (end < body.length && body[end] != '\n') {
                end++;
            }
            places.line();
            if (!isBlank(body, start, end)) {
                places.sample();
                if (samples.size() == maxSamples) {
                    return tooManySamples();
                }
                try {
                    samples.add(parseLine(body, start, end));
                } catch (SampleReader.TooManyValuesException e) {
                    return tooManyValues(samples);
                }
            }
            start = end + 1;
        }
        return new ParsedBody.Drafts(samples, new SampleDraft(), places);
    }

    /** Parses one sample that takes up all bytes between two places, and whose values were counted before. */
    static SampleDraft parseSample(byte[] body, int start, int end) {
        return new BodyParser(1, Integer.MAX_VALUE).parseLine(body, start, end);
    }

    private SampleDraft parseLine(byte[] body, int start, int end) {
        SampleDraft sample = new SampleDraft();
        if (!isUtf8(body, start, end)) {
            sample.flaw(Reason.INVALID_JSON, "json: not UTF-8");
            return sample;
        }
        try (JsonParser parser = JSON.createParser(body, start, end - start)) {
            parser.nextToken();
            reader.read(parser, sample);
            if (parser.nextToken() != null) {
                sample.flaw(Reason.INVALID_JSON, "json: something follows the JSON value; give each line one sample");
            }
        } catch (StreamReadException e) {
            return broken(wordsOf(e) + " at column " + e.getLocation().getColumnNr());
        } catch (StreamConstraintsException e) {
            return broken(wordsOf(e));
        } catch (IOException e) {
            throw new UncheckedIOException("an array in memory does not fail", e);
        }
        return sample;
    }

    /** Whatever was read before a syntax error does not count. */
    private static SampleDraft broken(String message) {
        SampleDraft broken = new SampleDraft();
        broken.flaw(Reason.INVALID_JSON, "json: " + message);
        return broken;
    }

    /** Reads samples up to the end of the array; false if there are too many. */
    private boolean parseArray(JsonParser parser, List<SampleDraft> samples) throws IOException {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (samples.size() == maxSamples) {
                return false;
            }
            SampleDraft sample = new SampleDraft();
            reader.read(parser, sample);
            samples.add(sample);
        }
        return true;
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

    private static String wordsOf(StreamReadException syntaxError) {
        return syntaxError instanceof JsonEOFException ? "the JSON ends too early," : "not valid JSON";
    }

    private static String wordsOf(StreamConstraintsException tooMuch) {
        return tooMuch.getOriginalMessage().contains("nesting depth")
                ? "the JSON is nested more than " + MAX_DEPTH + " deep"
                : "the JSON has a number of more than " + MAX_NUMBER_LENGTH + " characters";
    }

    private static ParsedBody malformed(String message) {
        return new ParsedBody.Malformed(400, Reason.INVALID_JSON, message, 0);
    }

    private ParsedBody tooManyValues(List<SampleDraft> samples) {
        return new ParsedBody.Malformed(
                413,
                PushError.MAX_VALUES_PER_REQUEST,
                "body: more than " + maxValues + " values; send them in several requests",
                samples.size() + 1);
    }

    private ParsedBody tooManySamples() {
        return new ParsedBody.Malformed(
                413,
                PushError.MAX_SAMPLES_PER_REQUEST,
                "body: more than " + maxSamples + " samples; send them in several requests",
                maxSamples + 1);
    }
}
