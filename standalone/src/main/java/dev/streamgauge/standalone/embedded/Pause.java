package dev.streamgauge.standalone.embedded;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits for what sends no notice: the end of a process that is not our child, or a port that is taken. */
final class Pause {
    private Pause() {}

    /** Lets the time pass, unless the thread is interrupted. */
    static void of(Duration duration) throws InterruptedException {
        boolean counted = new CountDownLatch(1).await(duration.toNanos(), TimeUnit.NANOSECONDS);
        if (counted) {
            throw new AssertionError("nobody else has this latch");
        }
    }
}
