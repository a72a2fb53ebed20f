package dev.streamgauge.benchmarks.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * CPU time of processes, from {@code /proc/<pid>/stat}.
 *
 * <p>Linux sums up what the scheduler gave to all threads, those that have ended too, in nanoseconds, and shows the sum
 * in ticks of 10 ms: a figure is short by up to two ticks. {@code /proc/<pid>/schedstat} has the nanoseconds, but only
 * of one thread, and forgets threads that ended, which the JVM's compilers do. So a round has to be some seconds of
 * CPU.
 */
public final class CpuTime {

    /** A fixed part of what Linux promises programs, whatever its own ticks are. */
    private static final long TICK_NANOS = 10_000_000;

    /** Places of utime, stime, cutime and cstime after the command's closing parenthesis; see proc(5). */
    private static final int UTIME = 11;

    private CpuTime() {}

    /** What this process used so far, without what it has started. */
    public static Duration own() {
        return Duration.ofNanos(ticks(ProcessHandle.current().pid(), UTIME + 2) * TICK_NANOS);
    }

    /** What a process and all that it has started used so far; zero if it is gone. */
    public static Duration ofTree(long pid) {
        // With children that have ended: Redis forks to rewrite its file.
        long ticks = ticks(pid, UTIME + 4);
        for (ProcessHandle child : ProcessHandle.of(pid).stream()
                .flatMap(ProcessHandle::descendants)
                .toList()) {
            ticks += ticks(child.pid(), UTIME + 4);
        }
        return Duration.ofNanos(ticks * TICK_NANOS);
    }

    /** CPU time that all programs have used since the machine started, summed over all cores. */
    public static Duration ofMachine() {
        try {
            String[] all = Files.readAllLines(Path.of("/proc/stat")).getFirst().split(" ", -1);
            // cpu, two blanks, then: user nice system idle iowait irq softirq steal
            long busy = 0;
            for (int i : new int[] {2, 3, 4, 7, 8, 9}) {
                busy += Long.parseLong(all[i]);
            }
            return Duration.ofNanos(busy * TICK_NANOS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long ticks(long pid, int end) {
        List<String> lines;
        try {
            lines = Files.readAllLines(Path.of("/proc", Long.toString(pid), "stat"));
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String line = lines.getFirst();
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
        long ticks = 0;
        for (int i = UTIME; i < end; i++) {
            ticks += Long.parseLong(fields[i]);
        }
        return ticks;
    }
}
