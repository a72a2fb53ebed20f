package dev.streamgauge.benchmarks.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Assigns cores: the measured processes run on the machine's first core, and this process runs on its last. */
public final class Cores {

    private static final List<String> MEASURED = List.of("taskset", "-c", "0");

    private Cores() {}

    /** What stands before the command of a process that is measured. */
    public static List<String> measured() {
        return MEASURED;
    }

    /** Lets a process that is measured use this process' core too, all of its threads. */
    public static void share(long pid) {
        move(pid, "0," + allowedHere());
    }

    /** Keeps it on the first core again. */
    public static void pin(long pid) {
        move(pid, "0");
    }

    private static void move(long pid, String cores) {
        Commands.run(List.of("taskset", "-a", "-c", "-p", cores, Long.toString(pid)));
    }

    /**
     * Fails unless this process is kept off the first core.
     *
     * @throws IllegalStateException with what to do
     */
    public static void check() {
        String allowed = allowedHere();
        if (!allowed.matches("[1-9][0-9]*")) {
            throw new IllegalStateException("may run on core " + allowed
                    + ": start it with taskset -c <last core> on a machine with two cores or more, as make bench does");
        }
    }

    /** The cores that this process may run on, as Linux lists them. */
    static String allowedHere() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("Cpus_allowed_list:"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
