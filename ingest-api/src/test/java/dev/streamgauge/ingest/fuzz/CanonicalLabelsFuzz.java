package dev.streamgauge.ingest.fuzz;

import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.testkit.ParsedExposition;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Canonical labels, read and written. Labels stored in Redis are exposed only if their line can be read back as one
 * series. Labels written from any values are canonical, and can be read back as the same values.
 */
public final class CanonicalLabelsFuzz {

    private static final String LINE_BREAK = "\n";

    private CanonicalLabelsFuzz() {}

    /** Called by Jazzer, by this name. */
    public static void fuzzerTestOneInput(byte[] input) {
        checkStored(input);
        checkWritten(new String(input, StandardCharsets.UTF_8));
    }

    private static void checkStored(byte[] text) {
        if (CanonicalLabels.isCanonical(text, "") && text.length > 0) {
            String line = "# TYPE m gauge\nm{" + new String(text, StandardCharsets.UTF_8) + "} 1\n";
            if (ParsedExposition.parse(line).values().size() != 1) {
                throw new AssertionError("not one series: " + line);
            }
        }
    }

    private static void checkWritten(String input) {
        SortedMap<String, String> labels = new TreeMap<>();
        String[] values = input.codePoints()
                .filter(point -> !Character.isISOControl(point) || point == '\n')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .split("\\|", -1);
        for (int i = 0; i < values.length; i++) {
            if (!values[i].isEmpty()) {
                labels.put("l" + i, values[i]);
            }
        }
        CanonicalLabels text = CanonicalLabels.of(labels);
        if (!CanonicalLabels.isCanonical(text.bytes(), "le")) {
            throw new AssertionError("not canonical: " + text);
        }
        if (!valuesOf(text.toString()).equals(labels)) {
            throw new AssertionError("reads back as other labels: " + text);
        }
    }

    private static SortedMap<String, String> valuesOf(String text) {
        SortedMap<String, String> labels = new TreeMap<>();
        for (int position = 0; position < text.length(); position++) { // over the comma
            int equals = text.indexOf('=', position);
            StringBuilder value = new StringBuilder();
            int place = equals + 2;
            for (; text.charAt(place) != '"'; place++) {
                boolean escapes = text.charAt(place) == '\\';
                place += escapes ? 1 : 0;
                value.append(escapes && text.charAt(place) == 'n' ? LINE_BREAK : text.substring(place, place + 1));
            }
            labels.put(text.substring(position, equals), value.toString());
            position = place + 1;
        }
        return labels;
    }
}
