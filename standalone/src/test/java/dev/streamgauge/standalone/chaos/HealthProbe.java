package dev.streamgauge.standalone.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The resources that a process uses, read from {@code /proc}.
 *
 * @param files open files and sockets
 */
record HealthProbe(int threads, int residentMegabytes, int files) {

    /** Far above what a process needs here, and far below what a process reaches that leaks with each fault. */
    private static final int MOST_THREADS = 64;

    private static final int MOST_MEGABYTES = 400;
    private static final int MOST_FILES = 200;

    /** Reads the resources of a process; empty if the system has no {@code /proc}. */
    static Optional<HealthProbe> read(long pid) throws IOException {
        Path folder = Path.of("/proc", Long.toString(pid));
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        int threads = 0;
        int kilobytes = 0;
        for (String line : Files.readAllLines(folder.resolve("status"))) {
            if (line.startsWith("Threads:")) {
                threads = number(line);
            } else if (line.startsWith("VmRSS:")) {
                kilobytes = number(line);
            }
        }
        try (Stream<Path> files = Files.list(folder.resolve("fd"))) {
            return Optional.of(new HealthProbe(threads, kilobytes / 1024, (int) files.count()));
        }
    }

    private static int number(String line) {
        return Integer.parseInt(line.replaceAll("[^0-9]", ""));
    }

    boolean isHealthy() {
        return threads <= MOST_THREADS && residentMegabytes <= MOST_MEGABYTES && files <= MOST_FILES;
    }
}
