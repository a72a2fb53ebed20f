package dev.streamgauge.server.logs;

import java.time.Duration;

/** Says once a minute how often something has happened. Thread-safe. */
public final class Occasional {

    private static final long PERIOD_NANOS = Duration.ofMinutes(1).toNanos();

    private long times;
    private long lastNanos;
    private boolean saidOnce;

    /** Counts one more; how many there were since the last report, or 0 if it is not time for another one. */
    public synchronized long next() {
        times++;
        long now = System.nanoTime();
        if (saidOnce && now - lastNanos < PERIOD_NANOS) {
            return 0;
        }
        saidOnce = true;
        lastNanos = now;
        long reported = times;
        times = 0;
        return reported;
    }
}
