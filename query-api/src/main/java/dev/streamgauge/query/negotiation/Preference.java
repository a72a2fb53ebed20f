package dev.streamgauge.query.negotiation;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An element of a header by which a client says what it prefers, such as {@code text/plain;version=0.0.4;q=0.3}.
 *
 * @param value what it names, in lower case
 * @param parameters by name, both in lower case; without the weight
 * @param weight from 0, which means not at all, to 1; 0 if it is invalid
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2">RFC 9110, Quality Values</a>
 */
record Preference(String value, Map<String, String> parameters, double weight) {

    private static final Pattern WEIGHT = Pattern.compile("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?");

    Preference {
        parameters = Map.copyOf(parameters);
    }

    /** The elements of some headers of one name. */
    static List<Preference> parseAll(List<String> headers) {
        return Stream.of(String.join(",", headers).split(",", -1))
                .map(Preference::parse)
                .toList();
    }

    static Preference parse(String element) {
        String[] parts = element.toLowerCase(Locale.ROOT).split(";", -1);
        Map<String, String> parameters = new HashMap<>();
        for (int i = 1; i < parts.length; i++) {
            String[] parameter = parts[i].strip().split("=", 2);
            if (parameter.length == 2) {
                parameters.putIfAbsent(parameter[0], parameter[1]);
            }
        }
        String weight = parameters.remove("q");
        parameters.replaceAll((name, text) -> text.replace("\"", ""));
        return new Preference(parts[0].strip(), parameters, weight == null ? 1 : weightOf(weight));
    }

    private static double weightOf(String text) {
        return WEIGHT.matcher(text).matches() ? Double.parseDouble(text) : 0;
    }
}
