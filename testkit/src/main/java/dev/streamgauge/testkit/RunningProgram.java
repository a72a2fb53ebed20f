package dev.streamgauge.testkit;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A program under test, in a separate process. Its output goes to a file, and the last part is kept in memory. It is
 * killed at the latest when this JVM exits, together with the processes that it has started.
 *
 * <p>It inherits the environment except {@code STREAMGAUGE_*} and {@code QUARKUS_*}, so that a developer's own settings
 * do not affect tests.
 */
public sealed class RunningProgram implements AutoCloseable permits RunningJar {
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(30);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration PROBE_PAUSE = Duration.ofMillis(50);
    private static final int KEPT_OUTPUT_CHARS = 1 << 20;

    private final SpawnedProcess process;
    private final Path outputFile;
    private final Thread outputReader;

    /** Guarded by itself. */
    private final StringBuilder kept = new StringBuilder();

    RunningProgram(ProcessBuilder builder, Map<String, String> environment, @Nullable Path outputFile) {
        try {
            this.outputFile = outputFile == null ? temporaryFile() : outputFile;
            BufferedWriter writer = Files.newBufferedWriter(this.outputFile);
            builder.environment()
                    .keySet()
                    .removeIf(name -> name.startsWith("STREAMGAUGE_") || name.startsWith("QUARKUS_"));
            builder.environment().putAll(environment);
            this.process = SpawnedProcess.start(builder.redirectErrorStream(true));
            this.outputReader = Thread.ofPlatform()
                    .daemon()
                    .name("output-of-" + process.pid())
                    .start(() -> copyOutput(writer));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts a program with its output in a temporary file; it may not be listening yet.
     *
     * @param command the program, found on the path, and its arguments
     */
    public static RunningProgram start(List<String> command) {
        return start(new ProcessBuilder(command));
    }

    /** Starts a program as {@link #start(List)} does, in the builder's folder and with its environment. */
    public static RunningProgram start(ProcessBuilder builder) {
        return new RunningProgram(builder, Map.of(), null);
    }

    /** Returns the process id. */
    public long pid() {
        return process.pid();
    }

    /** Returns whether the process exists; a paused one does. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Waits until a GET of the address answers with a status from 200 to 299.
     *
     * @return this
     * @throws IllegalStateException if it exits or does not answer before the deadline; quotes its output
     */
    public RunningProgram awaitAnswer(URI address, Duration deadline) {
        long deadlineNanos = System.nanoTime() + deadline.toNanos();
        Duration requestTimeout = shorter(REQUEST_TIMEOUT, deadline);
        try (HttpClient client =
                HttpClient.newBuilder().connectTimeout(requestTimeout).build()) {
            while (!answers(client, address, requestTimeout)) {
                if (!isAlive()) {
                    throw new IllegalStateException("exited with " + exitCode(STOP_DEADLINE) + ":\n" + output());
                }
                if (System.nanoTime() - deadlineNanos > 0) {
                    throw new IllegalStateException(
                            "no good answer from " + address + " within " + deadline + ":\n" + output());
                }
                LockSupport.parkNanos(PROBE_PAUSE.toNanos());
            }
        }
        return this;
    }

    /** SIGKILL; returns when the process is gone. The processes that it has started keep running. */
    public void kill() {
        process.kill();
    }

    /** SIGTERM; returns when the process is gone, at the latest after 30 s. */
    public void terminate() {
        process.terminate(STOP_DEADLINE);
    }

    /** SIGSTOP: connections stay open and nothing is answered. */
    public void pause() {
        process.pause();
    }

    /** SIGCONT. */
    public void resume() {
        process.resume();
    }

    /**
     * Waits for the exit.
     *
     * @return the exit code; 143 after SIGTERM if the JVM ended normally, 137 after SIGKILL
     * @throws IllegalStateException if it still runs after the deadline
     */
    public int exitCode(Duration deadline) {
        int code = process.awaitExit(deadline);
        awaitOutputEnd(deadline);
        return code;
    }

    /** Returns its output on stdout and stderr so far; of a long output, at least the last million characters. */
    public String output() {
        synchronized (kept) {
            return kept.toString();
        }
    }

    /** Returns the file with the whole output. */
    public Path outputFile() {
        return outputFile;
    }

    /**
     * Kills the process and the processes that it has started, except those that an earlier {@link #kill} has orphaned.
     * So a test that kills a standalone must start it again on its folder, or stop its Redis.
     */
    @Override
    public void close() {
        process.killWithDescendants();
        awaitOutputEnd(STOP_DEADLINE);
    }

    private void copyOutput(BufferedWriter writer) {
        try (writer;
                BufferedReader reader = new BufferedReader(
                        new InputStreamReader(process.process().getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                writer.write(line);
                writer.newLine();
                // Flushed after each line, so that the file of a process that hangs is complete.
                writer.flush();
                keep(line);
            }
        } catch (IOException e) {
            keep("(output lost: " + e.getMessage() + ")");
        }
    }

    private void keep(String line) {
        synchronized (kept) {
            kept.append(line).append('\n');
            // Only at twice the size, since each cut moves the remaining characters.
            if (kept.length() > 2 * KEPT_OUTPUT_CHARS) {
                kept.delete(0, kept.length() - KEPT_OUTPUT_CHARS);
            }
        }
    }

    private void awaitOutputEnd(Duration deadline) {
        try {
            // A child that outlives the process keeps the stream open; the output of the process is complete anyway.
            outputReader.join(shorter(REQUEST_TIMEOUT, deadline));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while reading the output of " + pid(), e);
        }
    }

    private static boolean answers(HttpClient client, URI address, Duration timeout) {
        HttpRequest request = HttpRequest.newBuilder(address).timeout(timeout).build();
        try {
            int status =
                    client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            return status >= 200 && status <= 299;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + address, e);
        }
    }

    private static Duration shorter(Duration first, Duration second) {
        return first.compareTo(second) < 0 ? first : second;
    }

    private static Path temporaryFile() throws IOException {
        Path file = Files.createTempFile("running-jar-", ".log");
        file.toFile().deleteOnExit();
        return file;
    }
}
