package dev.streamgauge.benchmarks.sidebyside;

import dev.streamgauge.benchmarks.load.Load;
import java.time.Duration;
import java.util.Map;

/**
 * One round of one arm.
 *
 * @param samples of a push
 * @param cpu of each process of the system, from a settled state to a settled state
 * @param elapsed likewise
 * @param otherCores how many cores other programs used meanwhile
 */
record Round(
        Load load, int samples, Map<String, Duration> cpu, Duration generatorCpu, Duration elapsed, double otherCores) {

    double microsAPush() {
        return micros(total()) / load.accepted();
    }

    /** Pushes a second that the system can go on with, as it had nothing left to do at the end. */
    double rate() {
        return load.accepted() / (elapsed.toNanos() / 1e9);
    }

    double microsASample() {
        return microsAPush() / samples;
    }

    double microsAPush(String process) {
        return micros(cpu.getOrDefault(process, Duration.ZERO)) / load.accepted();
    }

    Duration total() {
        return cpu.values().stream().reduce(Duration.ZERO, Duration::plus);
    }

    private static double micros(Duration duration) {
        return duration.toNanos() / 1e3;
    }
}
