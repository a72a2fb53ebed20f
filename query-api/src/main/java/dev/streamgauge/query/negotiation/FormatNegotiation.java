package dev.streamgauge.query.negotiation;

import dev.streamgauge.core.exposition.ExpositionFormat;
import java.util.List;
import java.util.Map;

/** Chooses the format of an exposition. */
public final class FormatNegotiation {

    private static final int NO_MATCH = -1;

    private FormatNegotiation() {}

    /**
     * The format that a client prefers; of several, the first in the list. If it accepts none of them it gets the first
     * one, rather than an error, since many clients do not say what they can read.
     *
     * @param formats at least one
     * @param accept values of the {@code Accept} headers
     * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1">RFC 9110, Accept</a>
     */
    public static ExpositionFormat negotiate(List<ExpositionFormat> formats, List<String> accept) {
        List<Preference> ranges = Preference.parseAll(accept);
        ExpositionFormat preferred = formats.getFirst();
        double greatest = 0;
        for (ExpositionFormat format : formats) {
            double weight = weightOf(Preference.parse(format.contentType()), ranges);
            if (weight > greatest) {
                preferred = format;
                greatest = weight;
            }
        }
        return preferred;
    }

    /** The weight of the most specific range that the type is in; 0 if there is none. */
    private static double weightOf(Preference type, List<Preference> ranges) {
        int mostSpecific = NO_MATCH;
        double weight = 0;
        for (Preference range : ranges) {
            int specificity = specificity(range, type);
            if (specificity > mostSpecific) {
                mostSpecific = specificity;
                weight = range.weight();
            }
        }
        return weight;
    }

    /** How closely a range describes a type that is in it; otherwise {@link #NO_MATCH}. */
    private static int specificity(Preference range, Preference type) {
        if (range.value().equals("*/*")) {
            return 0;
        }
        String major = type.value().substring(0, type.value().indexOf('/') + 1);
        if (range.value().equals(major + "*")) {
            return 1;
        }
        if (!range.value().equals(type.value())) {
            return NO_MATCH;
        }
        int specificity = 2;
        for (Map.Entry<String, String> parameter : range.parameters().entrySet()) {
            String own = type.parameters().get(parameter.getKey());
            if (own != null && !own.equals(parameter.getValue())) {
                return NO_MATCH; // such as another version
            }
            specificity += own == null ? 0 : 1; // a parameter that the type does not have says nothing about it
        }
        return specificity;
    }
}
