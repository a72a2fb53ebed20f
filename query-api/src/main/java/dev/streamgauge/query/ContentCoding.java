package dev.streamgauge.query;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** How a body is encoded. */
enum ContentCoding {
    IDENTITY,
    GZIP;

    /** RFC 9110, section 12.4.2. */
    private static final Pattern WEIGHT = Pattern.compile("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?");

    /**
     * The coding that a client prefers: gzip, unless it is not named, has weight 0, or weighs less than identity. An
     * element with an invalid weight counts as weight 0.
     *
     * @param acceptEncoding values of the {@code Accept-Encoding} headers
     * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3">RFC 9110, Accept-Encoding</a>
     */
    static ContentCoding negotiate(List<String> acceptEncoding) {
        Map<String, Double> weights = new HashMap<>();
        for (String element : String.join(",", acceptEncoding).split(",", -1)) {
            String[] parts = element.split(";", -1);
            weights.put(parts[0].strip().toLowerCase(Locale.ROOT), weight(parts));
        }
        double any = weights.getOrDefault("*", 0.0);
        double gzip = weights.getOrDefault("gzip", weights.getOrDefault("x-gzip", any));
        double identity = weights.getOrDefault("identity", any);
        return gzip > 0 && gzip >= identity ? GZIP : IDENTITY;
    }

    private static double weight(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.startsWith("q=") || parameter.startsWith("Q=")) {
                String weight = parameter.substring(2);
                return WEIGHT.matcher(weight).matches() ? Double.parseDouble(weight) : 0;
            }
        }
        return 1;
    }
}
