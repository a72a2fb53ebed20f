package dev.streamgauge.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A scrape in the Prometheus text format 0.0.4, read as strictly as we promise to write it.
 *
 * <p>It rejects everything that Prometheus itself might tolerate: a line without LF, an empty line, a comment, an extra
 * space, an unknown escape, an empty label value, a timestamp; families out of order, twice, interleaved or without
 * series; a family without exactly one {@code # TYPE}, or with {@code # HELP} after it; label names out of order or
 * twice, where {@code le} and {@code quantile} come last; a series twice; buckets that do not ascend, fall below their
 * predecessor, end without {@code +Inf} or differ from {@code _count}; a histogram or summary in several pieces.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition formats</a>
 */
public final class ParsedExposition {

    private static final Pattern NUMBER = Pattern.compile("NaN|[+-]Inf|-?[0-9]+(\\.[0-9]+)?(e[+-][0-9]{2,3})?");
    private static final Pattern METRIC_NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
    private static final Pattern LABEL_NAME = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");

    private final Map<String, Family> families;
    private final Map<String, Double> values;

    private ParsedExposition(Map<String, Family> families, Map<String, Double> values) {
        this.families = Collections.unmodifiableMap(families);
        this.values = Collections.unmodifiableMap(values);
    }

    /**
     * The head of one family.
     *
     * @param name the family's name
     * @param type the word after {@code # TYPE}
     * @param help the text of {@code # HELP} without escapes, if there is one
     */
    public record Family(String name, String type, Optional<String> help) {}

    /**
     * Reads a whole body; an empty one has no family.
     *
     * @throws IllegalArgumentException at the first broken rule, with the line's number and text
     */
    public static ParsedExposition parse(String text) {
        return new Parser().parse(text);
    }

    /** The families by name, in the order of the text. */
    public Map<String, Family> families() {
        return families;
    }

    /** The values by series ({@code name{labels}}, as written in its line), in the order of the text. */
    public Map<String, Double> values() {
        return values;
    }

    /**
     * The value of a series.
     *
     * @param series as written in its line: {@code name{labels}}
     * @throws NoSuchElementException if there is no such series
     */
    public double value(String series) {
        Double value = values.get(series);
        if (value == null) {
            throw new NoSuchElementException("no series " + series + " among " + values.keySet());
        }
        return value;
    }

    /** A label as written in its line. The value stays escaped; different values have different escaped forms. */
    private record Label(String name, String escapedValue) {}

    /** One line of a series, parsed. */
    private record Line(String name, List<Label> labels, double value) {

        /** The labels without the last one, which must have this name. */
        List<Label> labelsBefore(String lastName) {
            if (labels.isEmpty() || !labels.getLast().name().equals(lastName)) {
                throw new IllegalArgumentException("the last label must be " + lastName);
            }
            List<Label> before = labels.subList(0, labels.size() - 1);
            if (before.stream().anyMatch(label -> label.name().equals(lastName))) {
                throw new IllegalArgumentException("label " + lastName + " twice");
            }
            return before;
        }
    }

    private static final class Parser {

        private final Map<String, Family> families = new LinkedHashMap<>();
        private final Map<String, Double> values = new LinkedHashMap<>();
        private Optional<String> helpOf = Optional.empty();
        private String help = "";
        private String lastFamily = "";
        private @Nullable Body body;

        ParsedExposition parse(String text) {
            int number = 1;
            for (int start = 0; start < text.length(); number++) {
                int end = text.indexOf('\n', start);
                String line = end < 0 ? text.substring(start) : text.substring(start, end);
                try {
                    if (end < 0) {
                        throw new IllegalArgumentException("no LF at the end");
                    }
                    readLine(line);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException("line " + number + ": " + e.getMessage() + ": " + line, e);
                }
                start = end + 1;
            }
            finishFamily();
            if (helpOf.isPresent()) {
                throw new IllegalArgumentException("after the last line: # HELP without # TYPE");
            }
            return new ParsedExposition(families, values);
        }

        private void readLine(String line) {
            if (line.startsWith("# HELP ")) {
                readHelp(line.substring("# HELP ".length()));
            } else if (line.startsWith("# TYPE ")) {
                readType(line.substring("# TYPE ".length()));
            } else if (line.startsWith("#") || line.isBlank()) {
                throw new IllegalArgumentException("neither # HELP nor # TYPE nor a series");
            } else {
                readSeries(line);
            }
        }

        private void readHelp(String rest) {
            finishFamily();
            if (helpOf.isPresent()) {
                throw new IllegalArgumentException("# HELP after # HELP");
            }
            int space = rest.indexOf(' ');
            if (space < 0 || space == rest.length() - 1) {
                throw new IllegalArgumentException("# HELP needs a metric name and a text");
            }
            helpOf = Optional.of(rest.substring(0, space));
            help = unescapeHelp(rest.substring(space + 1));
        }

        private static String unescapeHelp(String escaped) {
            StringBuilder text = new StringBuilder(escaped.length());
            for (int i = 0; i < escaped.length(); i++) {
                char character = escaped.charAt(i);
                if (character == '\\') {
                    i++;
                    checkEscape(escaped, i, "\\n");
                    text.append(escaped.charAt(i) == 'n' ? '\n' : '\\');
                } else {
                    text.append(character);
                }
            }
            return text.toString();
        }

        private static void checkEscape(String text, int place, String known) {
            if (place >= text.length() || known.indexOf(text.charAt(place)) < 0) {
                throw new IllegalArgumentException("a backslash before none of " + known);
            }
        }

        private void readType(String rest) {
            finishFamily();
            String[] words = rest.split(" ", -1);
            if (words.length != 2 || !METRIC_NAME.matcher(words[0]).matches()) {
                throw new IllegalArgumentException("# TYPE needs a metric name and a type");
            }
            String name = words[0];
            if (helpOf.isPresent() && !helpOf.get().equals(name)) {
                throw new IllegalArgumentException("# HELP of another family before it");
            }
            if (families.containsKey(name)) {
                throw new IllegalArgumentException("a family twice");
            }
            if (name.compareTo(lastFamily) < 0) {
                throw new IllegalArgumentException("families not sorted");
            }
            lastFamily = name;
            families.put(name, new Family(name, words[1], helpOf.map(known -> help)));
            helpOf = Optional.empty();
            body = switch (words[1]) {
                case "counter", "gauge" -> new ScalarBody(name, words[1].equals("counter"));
                case "histogram" -> new HistogramBody(name);
                case "summary" -> new SummaryBody(name);
                default -> throw new IllegalArgumentException("an unknown type");
            };
        }

        private void readSeries(String line) {
            Body current = body;
            if (current == null || helpOf.isPresent()) {
                throw new IllegalArgumentException("a series without # TYPE before it");
            }
            int space = line.lastIndexOf(' ');
            String series = line.substring(0, Math.max(space, 0));
            current.add(new Line(nameOf(series), labelsOf(series), number(line.substring(space + 1))));
            if (values.put(series, number(line.substring(space + 1))) != null) {
                throw new IllegalArgumentException("a series twice");
            }
        }

        private void finishFamily() {
            if (body != null) {
                body.finish();
                body = null;
            }
        }

        private static String nameOf(String series) {
            int brace = series.indexOf('{');
            String name = brace < 0 ? series : series.substring(0, brace);
            if (!METRIC_NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("no metric name, or something after the value");
            }
            return name;
        }

        private static List<Label> labelsOf(String series) {
            int brace = series.indexOf('{');
            List<Label> labels = new ArrayList<>();
            if (brace < 0) {
                return labels;
            }
            int position = brace;
            do {
                int equals = series.indexOf("=\"", position);
                String name = series.substring(position + 1, Math.max(equals, position + 1));
                if (!LABEL_NAME.matcher(name).matches()) {
                    throw new IllegalArgumentException("no label name");
                }
                int quote = closingQuote(series, equals + 2);
                labels.add(new Label(name, series.substring(equals + 2, quote)));
                position = quote + 1;
            } while (position < series.length() && series.charAt(position) == ',');
            if (position != series.length() - 1 || series.charAt(position) != '}') {
                throw new IllegalArgumentException("labels must end with }, and a value follow");
            }
            return labels;
        }

        private static int closingQuote(String series, int from) {
            int place = from;
            while (place < series.length() && series.charAt(place) != '"') {
                if (series.charAt(place) == '\\') {
                    place++;
                    checkEscape(series, place, "\\\"n");
                }
                place++;
            }
            if (place >= series.length() || place == from) {
                throw new IllegalArgumentException("a label value without end, or empty");
            }
            return place;
        }
    }

    private static double number(String text) {
        if (!NUMBER.matcher(text).matches()) {
            throw new IllegalArgumentException("no number");
        }
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    private static void checkOrder(List<Label> labels) {
        String previous = "";
        for (Label label : labels) {
            int order = previous.compareTo(label.name());
            if (order >= 0) {
                throw new IllegalArgumentException(
                        order == 0 ? "label " + previous + " twice" : "label names not sorted");
            }
            previous = label.name();
        }
    }

    /** The lines of one family, checked one by one. */
    private sealed interface Body {

        void add(Line line);

        void finish();
    }

    private static final class ScalarBody implements Body {

        private final String name;
        private final boolean grows;
        private boolean empty = true;

        ScalarBody(String name, boolean grows) {
            this.name = name;
            this.grows = grows;
        }

        @Override
        public void add(Line line) {
            if (!line.name().equals(name)) {
                throw new IllegalArgumentException("a series of another family than " + name);
            }
            checkOrder(line.labels());
            if (grows && !(line.value() >= 0)) {
                throw new IllegalArgumentException("a counter below 0");
            }
            empty = false;
        }

        @Override
        public void finish() {
            if (empty) {
                throw new IllegalArgumentException("family " + name + " without series");
            }
        }
    }

    /** Common to histogram and summary: lines with {@code le} or {@code quantile}, then sum, then count. */
    private abstract static sealed class Distribution implements Body {

        private final String name;
        private final String partName;
        private final String partLabel;
        private boolean empty = true;
        private @Nullable List<Label> labels;
        private boolean sumRead;
        private double previousPlace = Double.NEGATIVE_INFINITY;

        Distribution(String name, String partName, String partLabel) {
            this.name = name;
            this.partName = partName;
            this.partLabel = partLabel;
        }

        @Override
        public void add(Line line) {
            empty = false;
            if (line.name().equals(partName)) {
                addPart(line);
            } else if (line.name().equals(name + "_sum") && !sumRead) {
                checkSame(line.labels());
                sumRead = true;
            } else if (line.name().equals(name + "_count") && sumRead) {
                checkSame(line.labels());
                checkCount(previousPlace, line.value());
                labels = null;
                sumRead = false;
                previousPlace = Double.NEGATIVE_INFINITY;
            } else {
                throw new IllegalArgumentException("not a next series of " + name);
            }
        }

        private void addPart(Line line) {
            if (sumRead) {
                throw new IllegalArgumentException(partLabel + " after the sum");
            }
            checkSame(line.labelsBefore(partLabel));
            double place = number(line.labels().getLast().escapedValue());
            if (!(place > previousPlace)) {
                throw new IllegalArgumentException(partLabel + " does not ascend");
            }
            previousPlace = place;
            checkPart(place, line.value());
        }

        private void checkSame(List<Label> ofLine) {
            checkOrder(ofLine);
            if (labels == null) {
                labels = ofLine;
            } else if (!labels.equals(ofLine)) {
                throw new IllegalArgumentException("the series before it is not complete");
            }
        }

        /** Checks one bucket or quantile. */
        abstract void checkPart(double place, double value);

        /** Checks the count that ends a series; {@code lastPlace} is that of its last bucket or quantile. */
        abstract void checkCount(double lastPlace, double count);

        @Override
        public void finish() {
            if (empty || labels != null) {
                throw new IllegalArgumentException(
                        "family " + name + (empty ? " without series" : " ends in the middle of a series"));
            }
        }
    }

    private static final class HistogramBody extends Distribution {

        private double cumulative;

        HistogramBody(String name) {
            super(name, name + "_bucket", "le");
        }

        @Override
        void checkPart(double place, double value) {
            if (!(value >= cumulative)) {
                throw new IllegalArgumentException("a bucket below the one before");
            }
            cumulative = value;
        }

        @Override
        void checkCount(double lastPlace, double count) {
            if (lastPlace != Double.POSITIVE_INFINITY || count != cumulative) {
                throw new IllegalArgumentException("no bucket +Inf, or it is not the count");
            }
            cumulative = 0;
        }
    }

    private static final class SummaryBody extends Distribution {

        SummaryBody(String name) {
            super(name, name, "quantile");
        }

        @Override
        void checkPart(double place, double value) {
            if (!(place >= 0 && place <= 1)) {
                throw new IllegalArgumentException("a quantile outside 0 to 1");
            }
        }

        @Override
        void checkCount(double lastPlace, double count) {
            if (!(count >= 0)) {
                throw new IllegalArgumentException("a count below 0");
            }
        }
    }
}
