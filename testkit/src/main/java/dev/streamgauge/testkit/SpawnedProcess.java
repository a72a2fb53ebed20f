package dev.streamgauge.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * An operating system process that a test started. It is killed at the latest when this JVM exits, so that a failed
 * test leaves nothing behind.
 */
final class SpawnedProcess {
    private static final Duration SIGNAL_DEADLINE = Duration.ofSeconds(10);

    /** The processes that the exit hook kills. JVM-wide, like the hook. */
    private static final Set<Process> ALIVE = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> ALIVE.forEach(SpawnedProcess::killTree), "kill-spawned-processes"));
    }

    private final Process process;

    private SpawnedProcess(Process process) {
        this.process = process;
    }

    /** Starts the process and registers it with the exit hook. */
    static SpawnedProcess start(ProcessBuilder builder) {
        try {
            Process process = builder.start();
            ALIVE.add(process);
            return new SpawnedProcess(process);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + builder.command(), e);
        }
    }

    Process process() {
        return process;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL, then waits until the process is gone: its port is free and its files no longer change. */
    void kill() {
        process.toHandle().destroyForcibly();
        // A process cannot ignore SIGKILL, so this ends; SIGKILL ends a paused process too.
        awaitExit(SIGNAL_DEADLINE);
    }

    /** SIGKILL for the process and its descendants, such as a standalone's Redis; returns when the process is gone. */
    void killWithDescendants() {
        killTree(process);
        awaitExit(SIGNAL_DEADLINE);
    }

    /**
     * SIGTERM, then waits for the exit.
     *
     * @throws IllegalStateException if the process is still alive after the deadline
     */
    void terminate(Duration deadline) {
        // Process.destroy would also close the pipe, and lose the last output of the process.
        process.toHandle().destroy();
        awaitExit(deadline);
    }

    /** SIGSTOP: the process keeps its sockets and answers nothing. */
    void pause() {
        signal("STOP");
    }

    /** SIGCONT. */
    void resume() {
        signal("CONT");
    }

    /**
     * Waits for the exit.
     *
     * @return the exit code; 128 + n after signal n
     * @throws IllegalStateException if the process is still alive after the deadline
     */
    int awaitExit(Duration deadline) {
        try {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("process " + process.pid() + " still runs after " + deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for process " + process.pid(), e);
        }
        ALIVE.remove(process);
        return process.exitValue();
    }

    private static void killTree(Process process) {
        // Collected first, since orphans get another parent; killed last, since a parent may restart a dead child.
        List<ProcessHandle> descendants = process.descendants().toList();
        process.toHandle().destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
    }

    private void signal(String name) {
        // Java can only send SIGTERM and SIGKILL itself.
        ProcessBuilder builder =
                new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).redirectErrorStream(true);
        int code = start(builder).awaitExit(SIGNAL_DEADLINE);
        if (code != 0) {
            throw new IllegalStateException("kill -" + name + " " + process.pid() + " answered " + code);
        }
    }
}
