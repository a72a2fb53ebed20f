package dev.streamgauge.query.negotiation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How a body is encoded. */
public enum ContentCoding {
    IDENTITY,
    GZIP;

    /**
     * The coding that a client prefers: gzip, unless it is not named, has weight 0, or weighs less than identity.
     *
     * @param acceptEncoding values of the {@code Accept-Encoding} headers
     * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3">RFC 9110, Accept-Encoding</a>
     */
    public static ContentCoding negotiate(List<String> acceptEncoding) {
        Map<String, Double> weights = new HashMap<>();
        for (Preference preference : Preference.parseAll(acceptEncoding)) {
            weights.put(preference.value(), preference.weight());
        }
        double any = weights.getOrDefault("*", 0.0);
        double gzip = weights.getOrDefault("gzip", weights.getOrDefault("x-gzip", any));
        double identity = weights.getOrDefault("identity", any);
        return gzip > 0 && gzip >= identity ? GZIP : IDENTITY;
    }
}
