package dev.streamgauge.standalone.chaos;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** Senders, a scraper, a deleter and expiring series, which run until they are closed and can be paused. */
public final class Load implements AutoCloseable {

    private static final Duration LONGEST_PAUSE = Duration.ofMillis(120);
    private static final Duration DELETION_PAUSE = Duration.ofSeconds(1);
    private static final Duration SCRAPE_PAUSE = Duration.ofMillis(150);

    /** Workers take the read lock for each step. Fair, so that new steps wait for {@link #whileQuiet}. */
    private final ReentrantReadWriteLock work = new ReentrantReadWriteLock(true);

    private final HttpClient client = newClient();
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final List<Future<?>> workers = new ArrayList<>();
    private volatile boolean stopped;

    /** Starts the senders. */
    public Load(Journal journal, EventLog eventLog, List<URI> targets, int senders, long seed) {
        for (int number = 0; number < senders; number++) {
            Random random = new Random(seed + number);
            Sender sender = new Sender(client, journal, eventLog, targets, random);
            Step pause = () -> LockSupport.parkNanos(random.nextLong(LONGEST_PAUSE.toNanos()));
            workers.add(executor.submit(() -> repeat(sender::sendNext, pause)));
        }
    }

    /** A client that repeats nothing of itself. */
    public static HttpClient newClient() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .build();
    }

    /** A piece of work. */
    public interface Step {
        void take() throws InterruptedException;
    }

    /** Lets a scraper work beside the senders. */
    public void add(Scraper scraper) {
        workers.add(executor.submit(
                () -> repeat(scraper::scrapeNext, () -> LockSupport.parkNanos(SCRAPE_PAUSE.toNanos()))));
    }

    /** Lets series expire beside the senders. */
    public void add(ExpiringSeriesLoad expiring) {
        workers.add(executor.submit(() -> repeat(expiring::step, () -> LockSupport.parkNanos(SCRAPE_PAUSE.toNanos()))));
    }

    /** Lets a deleter work beside the senders. */
    void add(Deleter deleter) {
        workers.add(executor.submit(
                () -> repeat(deleter::deleteNext, () -> LockSupport.parkNanos(DELETION_PAUSE.toNanos()))));
    }

    private Void repeat(Step step, Step pause) throws InterruptedException {
        while (!stopped) {
            work.readLock().lock();
            try {
                step.take();
            } finally {
                work.readLock().unlock();
            }
            pause.take();
        }
        return null;
    }

    /**
     * Waits until all workers have finished their current steps, takes one step, and lets the workers go on.
     *
     * @throws AssertionError if one is not settled in time
     */
    public void whileQuiet(Step step) throws InterruptedException {
        if (!work.writeLock().tryLock(Sender.GIVE_UP.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("a request is not settled " + Sender.GIVE_UP + " after everything was healed");
        }
        try {
            for (Future<?> worker : workers) {
                if (worker.isDone()) {
                    throw new AssertionError("a worker has failed", worker.exceptionNow());
                }
            }
            step.take();
        } finally {
            work.writeLock().unlock();
        }
    }

    @Override
    public void close() {
        stopped = true;
        executor.shutdownNow();
        client.shutdownNow();
        executor.close();
        client.close();
    }
}
