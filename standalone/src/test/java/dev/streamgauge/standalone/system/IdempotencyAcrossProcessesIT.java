package dev.streamgauge.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.RedisServer;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A load balancer sends a repetition to any process: it counts once wherever it comes in. */
class IdempotencyAcrossProcessesIT {

    private static final int PUSHES = 50;
    private static final int REPEATS = 4;

    @Test
    void repetition_isReplayed_whenAnotherProcessGetsIt() throws Exception {
        try (RedisServer redis = RedisServer.builder().build().start();
                Jars.Started first = Jars.role("ingest-api", redis.url());
                Jars.Started second = Jars.role("ingest-api", redis.url());
                Jars.Started aggregator = Jars.role("aggregator", redis.url());
                Jars.Started query = Jars.role("query-api", redis.url());
                HttpClient client = HttpClient.newHttpClient()) {
            List<Jars.Started> ingest = List.of(first.awaitReady(), second.awaitReady());
            aggregator.awaitReady();
            query.awaitReady();

            assertOneAfterTheOther(client, ingest);
            assertAtOnce(client, ingest);

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> Scrapes.values(query.address(), "acme").equals(Map.of("orders_total", PUSHES + 1.0)));
            Scrapes.awaitFolded(aggregator.address());
            assertThat(Scrapes.values(query.address(), "acme")).isEqualTo(Map.of("orders_total", PUSHES + 1.0));
        }
    }

    private static void assertOneAfterTheOther(HttpClient client, List<Jars.Started> ingest) throws Exception {
        HttpResponse<String> answer = client.send(push(ingest.get(0), "one", 1), BodyHandlers.ofString());
        HttpResponse<String> repeat = client.send(push(ingest.get(1), "one", 1), BodyHandlers.ofString());
        HttpResponse<String> reuse = client.send(push(ingest.get(1), "one", 2), BodyHandlers.ofString());

        assertThat(List.of(answer.statusCode(), repeat.statusCode(), reuse.statusCode()))
                .containsExactly(202, 202, 422);
        assertThat(isReplay(answer)).isFalse();
        assertThat(isReplay(repeat)).isTrue();
        assertThat(repeat.body()).isEqualTo(answer.body());
    }

    /** Repeats a request before its answer, as an impatient sender does. */
    private static void assertAtOnce(HttpClient client, List<Jars.Started> ingest) {
        for (int push = 0; push < PUSHES; push++) {
            String key = UUID.randomUUID().toString();
            List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
            for (int repeat = 0; repeat < REPEATS; repeat++) {
                sent.add(client.sendAsync(push(ingest.get(repeat % 2), key, 1), BodyHandlers.ofString()));
            }
            List<HttpResponse<String>> answers =
                    sent.stream().map(CompletableFuture::join).toList();
            assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(202);
            assertThat(answers)
                    .extracting(HttpResponse::body)
                    .containsOnly(answers.getFirst().body());
            assertThat(answers)
                    .filteredOn(IdempotencyAcrossProcessesIT::isReplay)
                    .hasSize(REPEATS - 1);
        }
    }

    private static boolean isReplay(HttpResponse<String> answer) {
        return answer.headers().firstValue("Idempotency-Replayed").equals(Optional.of("true"));
    }

    private static HttpRequest push(Jars.Started ingest, String key, int value) {
        return HttpRequest.newBuilder(ingest.at("/api/v1/metrics"))
                .header("Content-Type", "application/json")
                .header("X-Scope-OrgID", "acme")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":" + value + "}"))
                .build();
    }
}
