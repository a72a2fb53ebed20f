package dev.streamgauge.standalone;

import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * Makes the main thread stop Quarkus first and Redis second, whatever triggers the shutdown.
 *
 * <p>A signal calls {@link #onSignal}, which makes Quarkus return to the main thread. Any other trigger runs all
 * shutdown hooks at once: the hook of Quarkus, which stops the application, and this one, which keeps the JVM alive
 * until the main thread has finished.
 */
final class ShutdownSequence extends Thread {
    private static final Duration POLL = Duration.ofMillis(20);

    private final Thread main;
    private final IntConsumer exit;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private Phase phase = Phase.NOTHING_RUNS;
    private boolean ending;

    /**
     * Shuts down the JVM with that main thread.
     *
     * @param exit {@code System.exit}, or a replacement in tests
     */
    ShutdownSequence(Thread main, IntConsumer exit) {
        super("shutdown-sequence");
        this.main = main;
        this.exit = exit;
    }

    /** Registers a shutdown hook that lets the calling thread finish. */
    static ShutdownSequence register() {
        ShutdownSequence hook = new ShutdownSequence(Thread.currentThread(), System::exit);
        Runtime.getRuntime().addShutdownHook(hook);
        return hook;
    }

    /** From here on the end interrupts the main thread: reading an append-only file can take minutes. */
    synchronized void redisStarts() throws InterruptedException {
        phase = Phase.REDIS_STARTS;
        if (ending) {
            throw new InterruptedException("the JVM is ending");
        }
    }

    /** From here on Quarkus ends the main thread's wait. */
    synchronized void quarkusStarts() throws InterruptedException {
        phase = Phase.QUARKUS_RUNS;
        if (Thread.interrupted() || ending) {
            throw new InterruptedException("the JVM is ending");
        }
    }

    /** Returns whether the JVM is ending; a failure of the main thread is then only a consequence. */
    synchronized boolean isEnding() {
        return ending;
    }

    /** Lets the JVM end. */
    void allStopped() {
        stopped.countDown();
    }

    /** Asks for the end with exit code 0. Called in a thread of its own for each signal. */
    void onSignal() {
        if (quarkusRunsElseMayNotStart()) {
            askQuarkus();
        } else {
            exit.accept(0);
        }
    }

    @Override
    public void run() {
        if (end() != Phase.NOTHING_RUNS) {
            try {
                stopped.await();
            } catch (InterruptedException e) {
                // Nothing interrupts a shutdown hook in normal operation, so an interrupt means that the end is urgent.
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Checks and marks the end in one step, so that Quarkus cannot start between the check and the exit. */
    private synchronized boolean quarkusRunsElseMayNotStart() {
        if (phase == Phase.QUARKUS_RUNS) {
            return true;
        }
        ending = true;
        return false;
    }

    private synchronized Phase end() {
        ending = true;
        if (phase == Phase.REDIS_STARTS) {
            main.interrupt();
        }
        return phase;
    }

    private void askQuarkus() {
        try {
            // Quarkus forgets what it was asked before it has an application, half a second into its start.
            boolean over = false;
            while (ApplicationLifecycleManager.getCurrentApplication() == null && !over) {
                over = stopped.await(POLL.toMillis(), TimeUnit.MILLISECONDS);
            }
            Quarkus.asyncExit(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private enum Phase {
        NOTHING_RUNS,
        REDIS_STARTS,
        QUARKUS_RUNS
    }
}
