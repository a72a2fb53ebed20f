package dev.streamgauge.benchmarks.systems;

import java.util.List;

/**
 * One request before it is encoded.
 *
 * @param group of the series it pushes; all requests of a group push the same series with the same values
 */
public record Push(String tenant, String group, List<Sample> samples) {

    /** A sample of a push. Its labels are those below and {@code job} with the push's group. */
    public record Sample(String name, String method, String path, double value) {

        /** The value as it is sent. */
        String valueText() {
            return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
        }
    }
}
