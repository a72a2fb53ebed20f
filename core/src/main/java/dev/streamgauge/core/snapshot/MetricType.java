package dev.streamgauge.core.snapshot;

import java.util.Locale;
import java.util.Optional;

/** The four ways of aggregating. A family has one of them for as long as it exists. */
public enum MetricType {
    /** Adds. */
    COUNTER('c'),
    /** Keeps the value with the greatest (timestamp, stream position, index in the request). */
    GAUGE('g'),
    /** Adds one count a bucket, and a sum. */
    HISTOGRAM('h'),
    /** Adds a sum and a count, and answers quantiles over a sliding window. */
    SUMMARY('s');

    private final char code;

    MetricType(char code) {
        this.code = code;
    }

    /**
     * The letter that starts a stored value and a family row of this type in version 1 of their formats. Another
     * version takes other letters, so that a reader meets a letter that it does not know, never a wrong layout.
     */
    public char code() {
        return code;
    }

    /** The name in JSON and in {@code # TYPE}: lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The label that tells the series of one distribution apart, which senders cannot have; empty for other types. */
    public String ownLabel() {
        return switch (this) {
            case COUNTER, GAUGE -> "";
            case HISTOGRAM -> "le";
            case SUMMARY -> "quantile";
        };
    }

    /** The type with that lower-case name. */
    public static Optional<MetricType> parse(String text) {
        return switch (text) {
            case "counter" -> Optional.of(COUNTER);
            case "gauge" -> Optional.of(GAUGE);
            case "histogram" -> Optional.of(HISTOGRAM);
            case "summary" -> Optional.of(SUMMARY);
            default -> Optional.empty();
        };
    }

    /** The type with that letter. */
    public static Optional<MetricType> ofCode(int code) {
        return switch (code) {
            case 'c' -> Optional.of(COUNTER);
            case 'g' -> Optional.of(GAUGE);
            case 'h' -> Optional.of(HISTOGRAM);
            case 's' -> Optional.of(SUMMARY);
            default -> Optional.empty();
        };
    }
}
