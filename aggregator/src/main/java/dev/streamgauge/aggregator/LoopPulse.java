package dev.streamgauge.aggregator;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether a loop goes on, and whether it still makes progress. Its thread reports each turn, failed ones too, and each
 * reply of Redis within a turn, since a turn may be long; any thread may ask, or stop the loop.
 *
 * <p>Until the first turn the loop waits for Redis, which is no fault, and neither is a stop. Time is monotonic, so a
 * clock that is set changes nothing.
 */
public final class LoopPulse {

    /** A loop stands still after so many Redis timeouts, and the time below. */
    private static final int TIMEOUTS = 3;

    private static final Duration MARGIN = Duration.ofSeconds(30);

    private final Duration limit;
    private final LongSupplier nanoTime;
    private volatile boolean hasStarted;
    private volatile boolean isStopping;
    private volatile boolean hasEnded;

    /** Released when the loop is to end, also without having been stopped. */
    private final CountDownLatch ending = new CountDownLatch(1);

    /** When the last progress was reported, or when the pause after it ends. */
    private volatile long lastNanos;

    /**
     * The pulse of a loop that has not started.
     *
     * @param redisTimeout deadline of each call of the loop
     * @param nanoTime like {@link System#nanoTime}
     */
    public LoopPulse(Duration redisTimeout, LongSupplier nanoTime) {
        this.limit = redisTimeout.multipliedBy(TIMEOUTS).plus(MARGIN);
        this.nanoTime = nanoTime;
    }

    /** The loop has made progress. */
    public void beat() {
        lastNanos = nanoTime.getAsLong();
        hasStarted = true;
    }

    /** The loop has made progress, and now pauses for that long. */
    void rest(Duration pause) {
        lastNanos = nanoTime.getAsLong() + pause.toNanos();
        hasStarted = true;
    }

    /**
     * The loop has made progress, and its thread pauses for that long, or until the loop is stopped. If the thread is
     * interrupted, the loop ends.
     *
     * @return whether the loop goes on
     */
    public boolean pause(Duration pause) {
        rest(pause);
        try {
            return !ending.await(pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ending.countDown();
            return false;
        }
    }

    /** Whether the loop goes on after what it has in hand. */
    public boolean isRunning() {
        return ending.getCount() > 0;
    }

    /** Lets the loop end after what it has in hand; its end is then no fault. */
    public void stop() {
        isStopping = true;
        ending.countDown();
    }

    /** The thread of the loop ends. */
    void end() {
        hasEnded = true;
    }

    /** Why the process must be restarted; empty if the loop is alive. */
    public Optional<String> findFault() {
        if (isStopping) {
            return Optional.empty();
        }
        if (hasEnded) {
            return Optional.of("its thread has died");
        }
        if (!hasStarted) {
            return Optional.empty();
        }
        Duration silence = Duration.ofNanos(nanoTime.getAsLong() - lastNanos);
        return silence.compareTo(limit) > 0
                ? Optional.of(
                        "no progress for " + silence.toSeconds() + " s; at most " + limit.toSeconds() + " s expected")
                : Optional.empty();
    }
}
