package dev.streamgauge.benchmarks.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A flight recording of a running JVM, with samples by CPU time. */
public final class FlightRecording implements AutoCloseable {

    private final long pid;

    private FlightRecording(long pid) {
        this.pid = pid;
    }

    /** Starts to record. */
    public static FlightRecording start(long pid, Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().resolveSibling(""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        jcmd(
                pid,
                "JFR.start",
                "name=bench",
                "settings=profile",
                "jdk.CPUTimeSample#enabled=true",
                "filename=" + file.toAbsolutePath());
        return new FlightRecording(pid);
    }

    /** Ends it and writes its file. */
    @Override
    public void close() {
        jcmd(pid, "JFR.stop", "name=bench");
    }

    private static void jcmd(long pid, String... words) {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid))
                .redirectErrorStream(true);
        builder.command().addAll(List.of(words));
        try {
            Process process = builder.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(builder.command() + " said: " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
