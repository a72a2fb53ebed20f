package dev.streamgauge.benchmarks.sidebyside;

import java.util.List;

/**
 * A part of the benchmark that can be run alone.
 *
 * @param name for {@code --only}
 * @param what it measures, in a few words
 */
record Row(String name, String what, Measurement measurement) {

    /** Starts what it needs, and stops it again. */
    @FunctionalInterface
    interface Measurement {
        List<Finding> measure(String row, Bench bench);
    }

    List<Finding> measure(Bench bench) {
        return measurement.measure(name, bench);
    }
}
