package dev.streamgauge.benchmarks.load;

import java.util.Arrays;

/** Times of many requests, each kept, so that no percentile is an estimate. Not thread-safe. */
public final class Latencies {

    private long[] nanos = new long[1024];
    private int count;
    private boolean isSorted = true;

    /** None yet. */
    public Latencies() {}

    /**
     * Adds a request.
     *
     * @param latencyNanos since it was meant to be sent, not since it was sent: a sender that waits for the answer
     *     before must not hide how long it waited (coordinated omission)
     */
    public void add(long latencyNanos) {
        ensureRoom(1);
        nanos[count++] = latencyNanos;
        isSorted = false;
    }

    /** Adds what another one has. */
    public void addAll(Latencies other) {
        ensureRoom(other.count);
        System.arraycopy(other.nanos, 0, nanos, count, other.count);
        count += other.count;
        isSorted = false;
    }

    private void ensureRoom(int more) {
        if (count + more > nanos.length) {
            nanos = Arrays.copyOf(nanos, Math.max(2 * nanos.length, count + more));
        }
    }

    /** How many there are. */
    public int count() {
        return count;
    }

    /** The latency that so many per mille stayed within, in ms; NaN if there are none. */
    public double millis(int perMille) {
        if (count == 0) {
            return Double.NaN;
        }
        if (!isSorted) {
            Arrays.sort(nanos, 0, count);
            isSorted = true;
        }
        return nanos[(int) Math.min(count - 1L, (long) count * perMille / 1000)] / 1e6;
    }
}
