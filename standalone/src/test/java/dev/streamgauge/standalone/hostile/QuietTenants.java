package dev.streamgauge.standalone.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.ParsedExposition;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Tenants that push one sample after the other, and scrape now and then, while another tenant attacks, and must not
 * notice.
 */
final class QuietTenants implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int PUSHES_A_SCRAPE = 10;
    private static final String SAMPLE = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}";

    private final URI ingest;
    private final URI query;
    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Map<Tenant, Integer> accepted = new ConcurrentHashMap<>();
    private final Map<Tenant, Integer> scraped = new ConcurrentHashMap<>();
    private final Map<String, Integer> otherAnswers = new ConcurrentHashMap<>();
    private final List<Thread> senders;

    /** Starts to push and to scrape. */
    QuietTenants(URI ingest, URI query, Tenant... tenants) {
        this.ingest = ingest;
        this.query = query;
        this.senders = Stream.of(tenants)
                .map(tenant -> Thread.ofVirtual().start(() -> run(tenant)))
                .toList();
    }

    private void run(Tenant tenant) {
        try {
            do {
                push(tenant);
                if (accepted.getOrDefault(tenant, 0) % PUSHES_A_SCRAPE == 1) {
                    scrape(tenant);
                }
            } while (!stopping.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void push(Tenant tenant) throws InterruptedException {
        send(
                tenant.to(ingest.resolve("/api/v1/metrics")).POST(HttpRequest.BodyPublishers.ofString(SAMPLE)),
                202,
                () -> accepted.merge(tenant, 1, Integer::sum));
    }

    private void scrape(Tenant tenant) throws InterruptedException {
        send(tenant.to(query.resolve("/metrics")), 200, () -> scraped.merge(tenant, 1, Integer::sum));
    }

    private void send(HttpRequest.Builder request, int expected, Runnable then) throws InterruptedException {
        try {
            HttpResponse<String> answer =
                    client.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == expected) {
                then.run();
            } else {
                otherAnswers.merge(answer.statusCode() + " " + answer.body(), 1, Integer::sum);
            }
        } catch (IOException e) {
            otherAnswers.merge(e.toString(), 1, Integer::sum);
        }
    }

    /** Waits until each tenant has scraped so many times more. */
    void awaitScrapes(int more) {
        Map<Tenant, Integer> before = Map.copyOf(scraped);
        await().atMost(PATIENCE)
                .until(() -> !otherAnswers.isEmpty()
                        || (scraped.size() == senders.size()
                                && scraped.entrySet().stream()
                                        .allMatch(
                                                now -> now.getValue() >= before.getOrDefault(now.getKey(), 0) + more)));
    }

    /** Stops to push, and checks that each push was accepted and is shown, and that each scrape was answered. */
    void assertUndisturbed() throws InterruptedException {
        stopping.countDown();
        for (Thread sender : senders) {
            sender.join();
        }
        assertThat(otherAnswers).isEmpty();
        assertThat(accepted).hasSize(senders.size());
        assertThat(scraped).hasSize(senders.size());
        accepted.forEach((tenant, samples) -> await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(shown(tenant)).isEqualTo(Map.of("orders_total", (double) samples))));
    }

    private Map<String, Double> shown(Tenant tenant) throws IOException, InterruptedException {
        HttpRequest request = tenant.to(query.resolve("/metrics"))
                .header("Accept", "text/plain")
                .build();
        return ParsedExposition.parse(client.send(request, HttpResponse.BodyHandlers.ofString())
                        .body())
                .values();
    }

    @Override
    public void close() {
        stopping.countDown();
        client.close();
    }
}
