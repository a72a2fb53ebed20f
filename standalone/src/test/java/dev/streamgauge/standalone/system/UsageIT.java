package dev.streamgauge.standalone.system;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.testkit.RedisServer;
import io.restassured.response.ValidatableResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A tenant reads what happened to all that it sent, whichever replica it was sent to. */
class UsageIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String GOOD = "{\"name\":\"a_total\",\"type\":\"counter\",\"value\":1}";
    private static final String BAD = "{\"name\":\"a_total\",\"type\":\"counter\",\"value\":-1}";

    private static final String BACKLOG = "STREAMGAUGE_LIMITS_MAX_BACKLOG_ENTRIES=2";

    private static RedisServer redis;
    private static Jars.Started first;
    private static Jars.Started second;
    private static Jars.Started query;

    @BeforeAll
    static void start() {
        redis = RedisServer.builder().build().start();
        first = Jars.role("ingest-api", redis.url(), BACKLOG);
        second = Jars.role("ingest-api", redis.url(), BACKLOG, "STREAMGAUGE_INGEST_MAX_TENANT_LABELS=1");
        query = Jars.role("query-api", redis.url(), BACKLOG);
        List.of(first, second, query).forEach(Jars.Started::awaitReady);
    }

    @AfterAll
    static void stop() {
        List.of(first, second, query).forEach(Jars.Started::close);
        redis.close();
    }

    private static void push(Jars.Started ingest, String tenant, int status, String... samples) {
        given().contentType("application/json")
                .header("X-Scope-OrgID", tenant)
                .body("[" + String.join(",", samples) + "]")
                .post(ingest.at("/api/v1/metrics"))
                .then()
                .statusCode(status);
    }

    private static ValidatableResponse usage(String tenant) {
        return given().header("X-Scope-OrgID", tenant)
                .get(query.at("/api/v1/usage"))
                .then()
                .statusCode(200);
    }

    private static String discarded(Jars.Started ingest) throws Exception {
        return Scrapes.get(ingest.at("/q/metrics"))
                .lines()
                .filter(line -> line.startsWith("streamgauge_discarded_samples_total{"))
                .sorted()
                .reduce(
                        "",
                        (all, line) -> all
                                + line.replace("streamgauge_discarded_samples_total", "")
                                        .replace(",}", "}") + "\n");
    }

    @Test
    void usage_countsAcceptedAndRejectedSamples_overBothReplicas() throws Exception {
        push(first, "acme", 202, GOOD, BAD, BAD);
        push(second, "acme", 202, GOOD, GOOD, BAD);
        push(first, "acme", 503, GOOD, GOOD, GOOD, GOOD, BAD); // the backlog is full, since no aggregator runs
        push(second, "other", 400, BAD);
        push(second, "third", 400, BAD, BAD);

        await().atMost(SOON)
                .untilAsserted(() -> usage("acme")
                        .body("samples.rejected", equalTo(Map.of("counter-negative", 4, "backlog-full", 4))));
        // In mode open, of tenants that own nothing nothing is kept: their names may be made up.
        usage("third").body("samples.rejected", equalTo(Map.of()));
        usage("acme")
                .body("samples.accepted", equalTo(3))
                .body("samples.folded", equalTo(0))
                .body("samples.pending", equalTo(3))
                .body("backlog.entries", equalTo(2))
                .body("backlog.limit", equalTo(2))
                .body("series.now", equalTo(1));
        assertThat(discarded(first)).isEqualTo("""
            {reason="backlog-full",tenant="acme"} 4.0
            {reason="counter-negative",tenant="acme"} 3.0
            """);
        assertThat(discarded(second)).isEqualTo("""
            {reason="counter-negative",tenant=":other:"} 3.0
            {reason="counter-negative",tenant="acme"} 1.0
            """);
    }

    private static double oldestAge(String tenant) {
        return usage(tenant)
                .extract()
                .<Number>path("backlog.oldestUnfoldedAgeSeconds")
                .doubleValue();
    }

    @Test
    void age_growsWhileNothingIsFolded_andIsZeroAfterwards() {
        push(first, "waiting", 202, GOOD);

        await().atMost(SOON).until(() -> oldestAge("waiting") > 2);
        push(first, "later", 202, GOOD);

        // The partition of the other tenant may hold older entries; its own backlog is young.
        assertThat(oldestAge("later")).isLessThan(oldestAge("waiting"));
        try (Jars.Started aggregator = Jars.role("aggregator", redis.url()).awaitReady()) {
            assertThat(aggregator.address()).isNotNull();
            await().atMost(SOON)
                    .untilAsserted(() -> usage("waiting")
                            .body("backlog.entries", equalTo(0))
                            .body("backlog.oldestUnfoldedAgeSeconds", equalTo(0f))
                            .body("samples.folded", equalTo(1)));
        }
    }

    @Test
    void rejections_areKept_whenAReplicaStops() {
        try (Jars.Started third = Jars.role("ingest-api", redis.url(), BACKLOG).awaitReady()) {
            push(third, "kept", 202, GOOD);
            push(third, "kept", 400, BAD, BAD, BAD);

            third.process().terminate();
        }

        usage("kept").body("samples.rejected", equalTo(Map.of("counter-negative", 3)));
    }
}
