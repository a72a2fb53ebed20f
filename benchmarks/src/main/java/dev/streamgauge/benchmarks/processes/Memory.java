package dev.streamgauge.benchmarks.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resident memory of processes, in bytes. */
public final class Memory {

    private Memory() {}

    /** What it has now. */
    public static long resident(long pid) {
        return read(pid, "VmRSS:");
    }

    /** The most it had since it was started, or since {@link #forgetPeak}. */
    public static long peak(long pid) {
        return read(pid, "VmHWM:");
    }

    /** Lets the peak begin again. */
    public static void forgetPeak(long pid) {
        try {
            Files.writeString(Path.of("/proc", Long.toString(pid), "clear_refs"), "5"); // see proc(5)
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long read(long pid, String name) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                    .filter(line -> line.startsWith(name))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
