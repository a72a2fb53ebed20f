package dev.streamgauge.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.RedisServer;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The series limit is exact, and a push above it is rejected with the reason. */
class SeriesLimitIT {

    private static final int LIMIT = 10_000;
    private static final int CONNECTIONS = 10;

    @Test
    void series_areExactlyTheLimit_whenOneTooManyComesOverTenConnections() throws Exception {
        AtomicInteger rejected = new AtomicInteger();
        try (RedisServer redis = RedisServer.builder().build().start();
                Jars.Started ingest =
                        Jars.role("ingest-api", redis.url(), "STREAMGAUGE_LIMITS_MAX_GLOBAL_SERIES_PER_USER=" + LIMIT);
                Jars.Started first = Jars.role("aggregator", redis.url());
                Jars.Started second = Jars.role("aggregator", redis.url());
                Jars.Started query = Jars.role("query-api", redis.url())) {
            ingest.awaitReady();
            first.awaitReady();
            second.awaitReady();
            query.awaitReady();

            try (ExecutorService executor = Executors.newFixedThreadPool(CONNECTIONS)) {
                List<Future<?>> senders = new ArrayList<>();
                for (int connection = 0; connection < CONNECTIONS; connection++) {
                    int number = connection;
                    senders.add(executor.submit(() -> {
                        send(ingest, number, rejected);
                        return null;
                    }));
                }
                for (Future<?> sender : senders) {
                    sender.get();
                }
            }

            assertThat(rejected).hasValue(1);
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(Scrapes.values(query.address(), "anonymous"))
                            .hasSize(LIMIT)
                            .allSatisfy((series, value) -> assertThat(value).isEqualTo(1)));
        }
    }

    /** Sends every tenth of the {@code LIMIT + 1} series, one a request. */
    private static void send(Jars.Started ingest, int connection, AtomicInteger rejected) throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (int series = connection; series <= LIMIT; series += CONNECTIONS) {
                String body =
                        "{\"name\":\"a_total\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\"" + series + "\"}}";
                HttpResponse<String> response = client.send(
                        HttpRequest.newBuilder(ingest.at("/api/v1/metrics"))
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() != 202) {
                    assertThat(response.statusCode()).isEqualTo(400);
                    assertThat(response.body()).contains("\"reason\":\"max-series-per-user\"");
                    rejected.incrementAndGet();
                }
            }
        }
    }
}
