package dev.streamgauge.standalone.embedded;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A redis-server that we started.
 *
 * @param stopTimeout how long it may take to go when asked to
 */
record RedisProcess(Process process, Duration stopTimeout) {
    long pid() {
        return process.pid();
    }

    /** Waits until it is gone; returns its exit code, 128 + n after signal n. */
    int awaitExit() throws InterruptedException {
        return process.waitFor();
    }

    /** Waits until it is gone, or the time is over; returns whether it is gone. */
    boolean isGoneWithin(Duration time) throws InterruptedException {
        return process.waitFor(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** SIGTERM, on which it writes what is left and goes; SIGKILL when it takes too long, or on an interrupt. */
    void stop() {
        process.destroy();
        try {
            if (!isGoneWithin(stopTimeout)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
