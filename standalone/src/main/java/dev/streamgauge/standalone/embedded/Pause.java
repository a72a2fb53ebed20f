package dev.streamgauge.standalone.embedded;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A delay between two polls of a state that sends no notification: a process that is not our child, or a port. */
final class Pause {
    private Pause() {}

    /** Lets the time pass, unless the thread is interrupted. */
    static void of(Duration duration) throws InterruptedException {
        boolean counted = new CountDownLatch(1).await(duration.toNanos(), TimeUnit.NANOSECONDS);
        if (counted) {
            throw new AssertionError("no other thread has this latch");
        }
    }
}
