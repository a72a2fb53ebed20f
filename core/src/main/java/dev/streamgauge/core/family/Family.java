package dev.streamgauge.core.family;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.snapshot.MetricType;

/**
 * What all series of one name share, as fixed by the family's first accepted sample.
 *
 * @param name the metric name
 * @param help the text of {@code # HELP}, or empty for none
 * @param unit the unit, or empty for none
 * @param aggregation how its samples merge
 */
public record Family(String name, String help, String unit, Aggregation aggregation) {

    /** What {@code # TYPE} says. */
    public MetricType type() {
        return aggregation.type();
    }
}
