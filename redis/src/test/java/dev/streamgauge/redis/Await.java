package dev.streamgauge.redis;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition, looking again and again. */
public final class Await {

    private static final Duration PAUSE = Duration.ofMillis(2);

    private Await() {}

    /** Returns once the condition holds; fails the test after the deadline. */
    public static void until(Duration deadline, BooleanSupplier condition) {
        long endNanos = System.nanoTime() + deadline.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > endNanos) {
                throw new AssertionError("condition not met within " + deadline);
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
