package dev.streamgauge.benchmarks.systems;

import dev.streamgauge.benchmarks.load.Latencies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Beside a load, adds one to a counter of a tenant of its own again and again, and scrapes until it shows; how long
 * that took, with what the scrape takes.
 */
public final class FreshnessProbe implements AutoCloseable {

    private static final String TENANT = "probe";
    private static final Duration BETWEEN_SCRAPES = Duration.ofMillis(1);
    private static final Duration BETWEEN_PROBES = Duration.ofMillis(20);
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final Streamgauge system;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(DEADLINE)
            .build();
    private final Scrape scrape = new Scrape();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Future<Latencies> probing;
    private volatile boolean isOver;

    /** Begins. */
    public FreshnessProbe(Streamgauge system) {
        this.system = system;
        this.probing = thread.submit(this::probe);
    }

    /** Ends; how long each took. */
    public Latencies stop() {
        isOver = true;
        try {
            return probing.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the probe failed", e);
        }
    }

    private Latencies probe() {
        Latencies ages = new Latencies();
        double shown = shown();
        while (!isOver) {
            long start = System.nanoTime();
            push();
            double expected = shown + 1;
            for (shown = shown(); shown < expected; shown = shown()) {
                if (System.nanoTime() - start > DEADLINE.toNanos()) {
                    throw new IllegalStateException(shown + " is shown instead of " + expected);
                }
                LockSupport.parkNanos(BETWEEN_SCRAPES.toNanos());
            }
            ages.add(System.nanoTime() - start);
            LockSupport.parkNanos(BETWEEN_PROBES.toNanos());
        }
        return ages;
    }

    private double shown() {
        return scrape.sum(system.scrapeAddress(), TENANT, series -> true);
    }

    private void push() {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + system.port() + "/api/v1/metrics"))
                .header("Content-Type", "application/json")
                .header("X-Scope-OrgID", TENANT)
                .timeout(DEADLINE)
                .POST(HttpRequest.BodyPublishers.ofString("""
                        {"name": "probes_total", "type": "counter", "value": 1}"""))
                .build();
        try {
            int status =
                    client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
            if (status != 202) {
                throw new IllegalStateException("a probe was answered " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close() {
        isOver = true;
        thread.shutdownNow();
        client.close();
        scrape.close();
    }
}
