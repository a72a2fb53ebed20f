package dev.streamgauge.benchmarks.isolation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Beside a load, writes to a file of its own again and again, and waits each time until the disk has the bytes. Every push
 * waits for an fsync, so a disk that stalls delays all tenants, with or without a noisy one.
 */
final class DiskProbe implements AutoCloseable {

    private static final int BYTES = 4 * 1024;
    private static final Duration BETWEEN_WRITES = Duration.ofMillis(50);

    private final Path file;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final CountDownLatch isOver = new CountDownLatch(1);
    private final Future<Duration> probing;

    /**
     * Begins.
     *
     * @param directory on the disk of Redis
     */
    DiskProbe(Path directory) throws IOException {
        this.file = Files.createTempFile(directory, "disk-probe-", "");
        this.probing = thread.submit(this::probe);
    }

    private Duration probe() throws IOException, InterruptedException {
        long longest = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            do {
                long start = System.nanoTime();
                channel.write(ByteBuffer.allocate(BYTES), 0);
                channel.force(false);
                longest = Math.max(longest, System.nanoTime() - start);
            } while (!isOver.await(BETWEEN_WRITES.toMillis(), TimeUnit.MILLISECONDS));
        }
        return Duration.ofNanos(longest);
    }

    /** Ends; the longest time that the disk took. */
    Duration stop() {
        isOver.countDown();
        try {
            return probing.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the probe of the disk failed", e);
        }
    }

    @Override
    public void close() throws IOException {
        isOver.countDown();
        thread.close();
        Files.delete(file);
    }
}
