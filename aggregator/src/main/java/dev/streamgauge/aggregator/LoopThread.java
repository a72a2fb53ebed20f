package dev.streamgauge.aggregator;

import dev.streamgauge.server.store.StartupCheck;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The thread of one loop, which runs from when Redis has passed the start-up check until it is stopped. */
public final class LoopThread {

    /** How long the work in hand may take at shutdown: for a fold, a blocked read and a call. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final StartupCheck startupCheck;
    private final LoopPulse pulse;
    private final Runnable loop;
    private @Nullable Thread thread;

    /**
     * Runs nothing yet.
     *
     * @param pulse of the loop
     * @param loop ends when its pulse is stopped
     */
    public LoopThread(StartupCheck startupCheck, LoopPulse pulse, Runnable loop) {
        this.startupCheck = startupCheck;
        this.pulse = pulse;
        this.loop = loop;
    }

    /** Starts the thread. */
    public void start(Thread.Builder builder) {
        thread = builder.start(this::runWhenOpen);
    }

    private void runWhenOpen() {
        try {
            if (startupCheck.awaitOpen()) {
                loop.run();
            } else {
                pulse.stop();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            pulse.end();
        }
    }

    /** Why the loop makes no progress; empty if it is alive, waits for Redis, or stops. */
    public Optional<String> findFault() {
        return pulse.findFault();
    }

    /** Lets the loop end after the work in hand. */
    public void stop() {
        pulse.stop();
    }

    /** Waits until a stopped loop has ended. Returns false if that takes too long. */
    public boolean awaitEnd() throws InterruptedException {
        return thread == null || thread.join(STOP_TIMEOUT);
    }
}
