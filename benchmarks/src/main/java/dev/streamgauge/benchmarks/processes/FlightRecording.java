package dev.streamgauge.benchmarks.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        command.add(Long.toString(pid));
        command.addAll(List.of(words));
        Commands.run(command);
    }
}
