package dev.streamgauge.server.logs;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Says once a minute how often something has happened. Thread-safe. */
public final class Occasional {

    private static final long PERIOD_NANOS = Duration.ofMinutes(1).toNanos();

    private final LongSupplier nanoTime;
    private long times;
    private long lastNanos;
    private boolean saidOnce;

    public Occasional() {
        this(System::nanoTime);
    }

    /**
     * As above, with another clock.
     *
     * @param nanoTime as {@link System#nanoTime}
     */
    Occasional(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Counts one more; how many there were since the last report, or 0 if it is not time for another one. */
    public synchronized long next() {
        times++;
        long now = nanoTime.getAsLong();
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
