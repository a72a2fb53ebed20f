package dev.streamgauge.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until a test moves it, and counts how often it is read. Thread-safe. */
public final class ManualClock implements InstantSource {

    private final AtomicReference<Instant> now;
    private final AtomicLong reads = new AtomicLong();

    private ManualClock(Instant start) {
        this.now = new AtomicReference<>(start);
    }

    /** A clock that shows that time. */
    public static ManualClock at(Instant start) {
        return new ManualClock(start);
    }

    /** Moves the clock forward; or back, by a negative step. */
    public void advance(Duration step) {
        now.updateAndGet(before -> before.plus(step));
    }

    /** How often the time was read, which tells how often a loop went round. */
    public long reads() {
        return reads.get();
    }

    @Override
    public Instant instant() {
        reads.incrementAndGet();
        return now.get();
    }
}
