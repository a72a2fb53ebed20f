package dev.streamgauge.benchmarks.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The machine that figures were measured on. */
public final class Machine {

    private static final int FSYNCS = 500;

    private Machine() {}

    /**
     * Says what a reader must know to compare.
     *
     * @param directory on the disk that Redis writes to
     */
    public static String describe(Path directory) {
        try {
            double[] fsync = fsyncMillis(directory);
            return String.format(
                    Locale.ROOT,
                    "%s; %s, %d cores, Linux %s; %s; %s, fsync p50 %.2f ms, p99 %.2f ms",
                    LocalDate.now(ZoneId.systemDefault()),
                    model(),
                    cores(),
                    System.getProperty("os.version"),
                    "OpenJDK " + Runtime.version(),
                    Files.getFileStore(directory).type(),
                    fsync[0],
                    fsync[1]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Appends and fsyncs, as Redis does before it answers.
     *
     * @return p50 and p99 in ms
     */
    public static double[] fsyncMillis(Path directory) {
        try {
            Path file = Files.createTempFile(directory, "fsync-", "");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                long[] nanos = new long[FSYNCS];
                for (int i = 0; i < FSYNCS; i++) {
                    channel.write(ByteBuffer.allocate(1024));
                    long start = System.nanoTime();
                    channel.force(false);
                    nanos[i] = System.nanoTime() - start;
                }
                Arrays.sort(nanos);
                return new double[] {nanos[FSYNCS / 2] / 1e6, nanos[FSYNCS * 99 / 100] / 1e6};
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String model() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
        return lines.stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse(System.getProperty("os.arch"));
    }

    private static long cores() throws IOException {
        return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("processor"))
                .count();
    }
}
