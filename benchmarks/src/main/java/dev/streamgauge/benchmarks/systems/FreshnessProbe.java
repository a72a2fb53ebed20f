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
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final URI pushAddress;
    private final URI scrapeAddress;
    private final Duration betweenScrapes;
    private final Duration betweenProbes;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(DEADLINE)
            .build();
    private final Scrape scrape = new Scrape();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Future<Latencies> probing;
    private volatile boolean isOver;

    /**
     * Begins.
     *
     * @param ingestPort the port of a process that takes pushes
     * @param scrapeAddress the address of the exposition
     * @param betweenScrapes how long it waits before it looks again
     * @param betweenProbes how long it waits before it adds again
     */
    public FreshnessProbe(int ingestPort, URI scrapeAddress, Duration betweenScrapes, Duration betweenProbes) {
        this.pushAddress = URI.create("http://127.0.0.1:" + ingestPort + "/api/v1/metrics");
        this.scrapeAddress = scrapeAddress;
        this.betweenScrapes = betweenScrapes;
        this.betweenProbes = betweenProbes;
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
                LockSupport.parkNanos(betweenScrapes.toNanos());
            }
            ages.add(System.nanoTime() - start);
            LockSupport.parkNanos(betweenProbes.toNanos());
        }
        return ages;
    }

    private double shown() {
        return scrape.sum(scrapeAddress, TENANT, series -> true);
    }

    private void push() {
        HttpRequest request = HttpRequest.newBuilder(pushAddress)
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
