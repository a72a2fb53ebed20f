package dev.streamgauge.benchmarks.isolation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a load was answered, and after how long. Not thread-safe. */
final class Answers {

    private final Map<Integer, Long> byStatus = new TreeMap<>();
    private final List<long[]> parts = new ArrayList<>();
    private long[] acceptedNanos = new long[1024];
    private int accepted;

    /**
     * Adds an answer.
     *
     * @param nanos since it was meant to be sent, not since it was sent: a sender that waits for the answer before must
     *     not hide how long it waited (coordinated omission)
     */
    void add(int status, long nanos) {
        byStatus.merge(status, 1L, Long::sum);
        if (status == 202) {
            if (accepted == acceptedNanos.length) {
                acceptedNanos = Arrays.copyOf(acceptedNanos, 2 * accepted);
            }
            acceptedNanos[accepted++] = nanos;
        }
    }

    void addAll(Answers other) {
        other.byStatus.forEach((status, count) -> byStatus.merge(status, count, Long::sum));
        parts.addAll(other.parts);
        parts.add(Arrays.copyOf(other.acceptedNanos, other.accepted));
    }

    /** How many there were, by status. */
    Map<Integer, Long> byStatus() {
        return new TreeMap<>(byStatus);
    }

    long count() {
        return byStatus.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How many were not accepted. */
    long refused() {
        return count() - byStatus.getOrDefault(202, 0L);
    }

    /** The accept latency that so many per mille of the accepted stayed within, in ms; NaN if none was accepted. */
    double acceptedMillis(int perMille) {
        long[] sorted = parts.stream().flatMapToLong(Arrays::stream).toArray();
        int own = sorted.length;
        sorted = Arrays.copyOf(sorted, own + accepted);
        System.arraycopy(acceptedNanos, 0, sorted, own, accepted);
        if (sorted.length == 0) {
            return Double.NaN;
        }
        Arrays.sort(sorted);
        int place = (int) Math.min(sorted.length - 1L, (long) sorted.length * perMille / 1000);
        return sorted[place] / 1e6;
    }
}
