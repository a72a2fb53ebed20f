package dev.streamgauge.core.snapshot;

import java.util.Locale;

/**
 * What {@code # TYPE} says of a family: how a reader interprets its series. How its samples are aggregated is another
 * question; several kinds may have one type.
 */
public enum MetricType {
    COUNTER,
    GAUGE,
    HISTOGRAM,
    SUMMARY;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** The name in {@code # TYPE}: lower case. */
    public String text() {
        return text;
    }
}
