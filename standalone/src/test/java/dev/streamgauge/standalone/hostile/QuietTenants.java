package dev.streamgauge.standalone.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.system.Scrapes;
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

/** Tenants that push one sample after the other while another tenant attacks, and must not notice. */
final class QuietTenants implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SAMPLE = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}";

    private final URI ingest;
    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Map<String, Integer> accepted = new ConcurrentHashMap<>();
    private final Map<String, Integer> otherAnswers = new ConcurrentHashMap<>();
    private final List<Thread> senders;

    /** Starts to push. */
    QuietTenants(URI ingest, String... tenants) {
        this.ingest = ingest;
        this.senders = List.of(tenants).stream()
                .map(tenant -> Thread.ofVirtual().start(() -> run(tenant)))
                .toList();
    }

    private void run(String tenant) {
        try {
            do {
                push(tenant);
            } while (!stopping.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void push(String tenant) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(ingest.resolve("/api/v1/metrics"))
                .header("X-Scope-OrgID", tenant)
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(SAMPLE))
                .build();
        try {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 202) {
                accepted.merge(tenant, 1, Integer::sum);
            } else {
                otherAnswers.merge(answer.statusCode() + " " + answer.body(), 1, Integer::sum);
            }
        } catch (IOException e) {
            otherAnswers.merge(e.toString(), 1, Integer::sum);
        }
    }

    /** Stops to push, and checks that each push was accepted and is shown. */
    void assertUndisturbed(URI query) throws InterruptedException {
        stopping.countDown();
        for (Thread sender : senders) {
            sender.join();
        }
        assertThat(otherAnswers).isEmpty();
        assertThat(accepted).hasSize(senders.size());
        accepted.forEach((tenant, samples) -> await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(Scrapes.values(query, tenant)).isEqualTo(Map.of("orders_total", (double) samples))));
    }

    @Override
    public void close() {
        stopping.countDown();
        client.close();
    }
}
