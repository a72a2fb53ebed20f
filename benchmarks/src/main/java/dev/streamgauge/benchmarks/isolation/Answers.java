package dev.streamgauge.benchmarks.isolation;

import dev.streamgauge.benchmarks.load.Latencies;
import java.util.Map;
import java.util.TreeMap;

/** What a load was answered, and after how long. Not thread-safe. */
final class Answers {

    private final Map<Integer, Long> byStatus = new TreeMap<>();
    private final Latencies accepted = new Latencies();

    /** Adds an answer; its time counts since it was meant to be sent. */
    void add(int status, long nanos) {
        byStatus.merge(status, 1L, Long::sum);
        if (status == 202) {
            accepted.add(nanos);
        }
    }

    void addAll(Answers other) {
        other.byStatus.forEach((status, count) -> byStatus.merge(status, count, Long::sum));
        accepted.addAll(other.accepted);
    }

    /** How many there were, by status. */
    Map<Integer, Long> byStatus() {
        return new TreeMap<>(byStatus);
    }

    long count() {
        return byStatus.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How many were not accepted. */
    long rejected() {
        return count() - byStatus.getOrDefault(202, 0L);
    }

    /** The accept latency that so many per mille of the accepted stayed within, in ms; NaN if none was accepted. */
    double acceptedMillis(int perMille) {
        return accepted.millis(perMille);
    }
}
