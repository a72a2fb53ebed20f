package dev.streamgauge.ingest.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.text.Excerpt;
import dev.streamgauge.core.text.Spelling;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of the samples of one body. A flaw is noted in the sample's draft, and reading goes on behind it. A
 * field that is null counts as absent. Not thread-safe.
 */
final class SampleReader {

    private static final List<String> FIELDS = List.of(
            "name",
            "type",
            "value",
            "values",
            "counts",
            "sum",
            "labels",
            "timestamp",
            "buckets",
            "quantiles",
            "epsilons",
            "help",
            "unit");

    private static final List<String> ROOT_FIELDS =
            Stream.concat(FIELDS.stream(), Stream.of("metrics")).toList();

    private final int maxValues;
    private int values;

    /**
     * A reader for one body.
     *
     * @param maxValues maximum number of values and bucket counts in all arrays
     */
    SampleReader(int maxValues) {
        this.maxValues = maxValues;
    }

    /** The body has more values than it may have. */
    static final class TooManyValuesException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        TooManyValuesException() {
            super("too many values", null, false, false);
        }
    }

    /** Reads a sample, which begins at the current token, up to its end. */
    void read(JsonParser parser, SampleDraft sample) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            sample.flaw(Reason.INVALID_JSON, "sample: must be an object");
            parser.skipChildren();
            return;
        }
        Set<String> seen = new HashSet<>(8);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            readField(parser, sample, field, seen, FIELDS);
        }
    }

    /** Reads a field of a body that may turn out to be an envelope. */
    void readRootField(JsonParser parser, SampleDraft root, String field, Set<String> seen) throws IOException {
        readField(parser, root, field, seen, ROOT_FIELDS);
    }

    private void readField(JsonParser parser, SampleDraft sample, String field, Set<String> seen, List<String> possible)
            throws IOException {
        if (!seen.add(field)) {
            sample.flaw(Reason.INVALID_JSON, "sample: " + Excerpt.quoted(field) + " is given twice");
        }
        if (parser.currentToken() == JsonToken.VALUE_NULL && FIELDS.contains(field)) {
            return; // as if it were not there
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
                if (!sample.isFlawed()) { // a body may have a million such fields
                    sample.flaw(Reason.UNKNOWN_FIELD, "sample: " + unknown(field, possible));
                }
                parser.skipChildren();
            }
        }
    }

    private static String unknown(String field, List<String> possible) {
        String hint = Spelling.nearest(field, possible)
                .map(name -> "; did you mean '" + name + "'?")
                .orElse("");
        return "unknown field " + Excerpt.quoted(field) + hint;
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
            JsonToken value = parser.nextToken();
            if (value == JsonToken.VALUE_STRING) {
                sample.label(name, parser.getText());
            } else if (value != JsonToken.VALUE_NULL) {
                sample.flaw(Reason.LABEL_VALUE_INVALID, "labels: every value must be a string");
                parser.skipChildren();
            }
        }
    }

    private static boolean isNumber(@Nullable JsonToken token) {
        return token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
    }
}
