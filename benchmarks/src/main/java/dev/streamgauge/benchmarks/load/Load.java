package dev.streamgauge.benchmarks.load;

import java.time.Duration;
import java.util.Map;

/**
 * What a generator sent in one go.
 *
 * @param accepted requests that were answered with a status from 200 to 299
 * @param refused the others' count by status
 * @param latencies of the accepted ones
 * @param elapsed from the first request to the last answer
 */
public record Load(long accepted, Map<Integer, Long> refused, Latencies latencies, Duration elapsed) {

    /** Accepted requests a second. */
    public double rate() {
        return accepted / (elapsed.toNanos() / 1e9);
    }
}
