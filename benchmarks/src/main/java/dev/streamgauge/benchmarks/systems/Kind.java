package dev.streamgauge.benchmarks.systems;

import java.util.Locale;

/** What a sample is. */
public enum Kind {
    COUNTER,
    GAUGE,
    HISTOGRAM,
    SUMMARY;

    String json() {
        return name().toLowerCase(Locale.ROOT);
    }
}
