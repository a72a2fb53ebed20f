package dev.streamgauge.standalone.system;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.RedisServer;
import io.restassured.response.Response;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** While no aggregator runs, a tenant with a full backlog gets 503 with Retry-After, and other tenants go on. */
class BacklogIT {

    private static final int LIMIT = 20;
    private static final Duration RECOVERY = Duration.ofSeconds(5);
    private static final String SAMPLE = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}";

    private static Response push(Jars.Started ingest, String tenant) {
        return given().contentType("application/json")
                .header("X-Scope-OrgID", tenant)
                .body(SAMPLE)
                .post(ingest.at("/api/v1/metrics"));
    }

    @Test
    void fullBacklog_rejectsItsTenantOnly_andEmptiesOnceThereIsAnAggregator() throws Exception {
        String onePartition = "STREAMGAUGE_PARTITIONS=1";
        try (RedisServer redis = RedisServer.builder().build().start();
                Jars.Started ingest = Jars.role(
                                "ingest-api",
                                redis.url(),
                                onePartition,
                                "STREAMGAUGE_LIMITS_MAX_BACKLOG_ENTRIES=" + LIMIT)
                        .awaitReady();
                Jars.Started query =
                        Jars.role("query-api", redis.url(), onePartition).awaitReady()) {
            for (int i = 0; i < LIMIT; i++) {
                assertThat(push(ingest, "greedy").statusCode()).isEqualTo(202);
            }

            Response full = push(ingest, "greedy");
            Response other = push(ingest, "modest");

            assertThat(full.statusCode()).isEqualTo(503);
            assertThat(full.header("Retry-After")).isEqualTo("1");
            assertThat(full.jsonPath().getString("reason")).isEqualTo("backlog-full");
            assertThat(other.statusCode()).isEqualTo(202);
            try (Jars.Started aggregator =
                    Jars.role("aggregator", redis.url(), onePartition).awaitReady()) {
                await().atMost(RECOVERY)
                        .untilAsserted(() ->
                                assertThat(push(ingest, "greedy").statusCode()).isEqualTo(202));
                Scrapes.awaitFolded(aggregator.address());
                await().atMost(RECOVERY)
                        .untilAsserted(() -> assertThat(Scrapes.values(query.address(), "greedy"))
                                .isEqualTo(Map.of("orders_total", LIMIT + 1.0)));
                assertThat(Scrapes.values(query.address(), "modest")).isEqualTo(Map.of("orders_total", 1.0));
            }
        }
    }
}
