package dev.streamgauge.core.family;

/**
 * What all series of one name share, as fixed by the family's first accepted sample.
 *
 * @param name the metric name
 * @param type how its samples merge
 * @param help the text of {@code # HELP}, or empty for none
 * @param unit the unit, or empty for none
 * @param layout a histogram's buckets; {@link BucketLayout#DEFAULT} and without meaning for other types
 * @param quantiles a summary's quantiles; {@link Quantiles#NONE} for other types
 */
public record Family(String name, MetricType type, String help, String unit, BucketLayout layout, Quantiles quantiles) {

    /** Whether a text is a metric name: {@code [a-zA-Z_:][a-zA-Z0-9_:]*}. */
    public static boolean isName(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
            boolean digit = c >= '0' && c <= '9' && i > 0;
            if (!letter && !digit) {
                return false;
            }
        }
        return !text.isEmpty();
    }
}
