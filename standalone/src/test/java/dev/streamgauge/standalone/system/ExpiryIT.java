package dev.streamgauge.standalone.system;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.testkit.RedisServer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Series that are not updated expire, and come back with the next push. */
class ExpiryIT {

    private static final int EXPIRY_SECONDS = 8;
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String[] SETTINGS = {
        "STREAMGAUGE_LIMITS_GAUGE_EXPIRY_SECONDS=" + EXPIRY_SECONDS,
        "STREAMGAUGE_LIMITS_HISTOGRAM_EXPIRY_SECONDS=" + EXPIRY_SECONDS,
        "STREAMGAUGE_LIMITS_MAX_GLOBAL_SERIES_PER_USER=3",
    };
    private static final String COUNTER = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":5}";
    private static final String HISTOGRAM =
            "{\"name\":\"seconds\",\"type\":\"histogram\",\"value\":0.5,\"buckets\":[1]}";

    private RedisServer redis;
    private Jars.Started ingest;
    private Jars.Started query;

    @BeforeEach
    void start() {
        redis = RedisServer.builder().build().start();
        ingest = Jars.role("ingest-api", redis.url(), SETTINGS);
        query = Jars.role("query-api", redis.url(), SETTINGS);
        ingest.awaitReady();
        query.awaitReady();
    }

    @AfterEach
    void stop() {
        ingest.close();
        query.close();
        redis.close();
    }

    private Jars.Started aggregator() {
        return Jars.role("aggregator", redis.url(), SETTINGS).awaitReady();
    }

    private void push(int status, String... samples) {
        push("anonymous", status, samples);
    }

    private void push(String tenant, int status, String... samples) {
        given().contentType("application/json")
                .header("X-Scope-OrgID", tenant)
                .body("[" + String.join(",", samples) + "]")
                .post(ingest.at("/api/v1/metrics"))
                .then()
                .statusCode(status);
    }

    private static String gauge(int number) {
        return "{\"name\":\"depth\",\"type\":\"gauge\",\"value\":1,\"labels\":{\"n\":\"" + number + "\"}}";
    }

    private Map<String, Double> shown() throws Exception {
        return shown("anonymous");
    }

    private Map<String, Double> shown(String tenant) throws Exception {
        return Scrapes.values(query.address(), tenant);
    }

    private double oldestUnfoldedAgeSeconds(String tenant) {
        return given().header("X-Scope-OrgID", tenant)
                .get(query.at("/api/v1/usage"))
                .then()
                .statusCode(200)
                .extract()
                .<Number>path("backlog.oldestUnfoldedAgeSeconds")
                .doubleValue();
    }

    private void awaitSeriesNow(int series) {
        await().atMost(SOON)
                .untilAsserted(() -> given().get(query.at("/api/v1/usage"))
                        .then()
                        .statusCode(200)
                        .body("series.now", equalTo(series)));
    }

    @Test
    void series_freeTheirPlacesOnce_whenTheyExpired() throws Exception {
        try (Jars.Started first = aggregator();
                Jars.Started second = aggregator()) {
            push(202, COUNTER, gauge(1), gauge(2));
            push(400, gauge(3));
            await().atMost(SOON).untilAsserted(() -> assertThat(shown()).hasSize(3));

            await().atMost(SOON).untilAsserted(() -> assertThat(shown()).isEqualTo(Map.of("orders_total", 5.0)));
            awaitSeriesNow(1);
            await().atMost(SOON).until(() -> expired(first) + expired(second) == 2);
            // This ingest process still remembers both expired gauges, and must accept no more series than the limit.
            push(202, gauge(1), gauge(2));
            push(400, gauge(3));
            push(202, COUNTER);

            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(shown())
                            .containsEntry("orders_total", 10.0)
                            .containsKeys("depth{n=\"1\"}", "depth{n=\"2\"}")
                            .hasSize(3));
        }
    }

    private static double expired(Jars.Started aggregator) {
        try {
            return Scrapes.ownMetrics(aggregator.address()).get("streamgauge_expired_series_total");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** A tenant that was silent expires without its aggregators; one whose pushes only were not folded does not. */
    @Test
    void histograms_expireByTheirPushes_whenAggregatorsWereAwayForLongerThanTheirExpiry() throws Exception {
        try (Jars.Started aggregator = aggregator()) {
            push("silent", 202, HISTOGRAM, HISTOGRAM, HISTOGRAM);
            push("pushing", 202, HISTOGRAM);
            awaitCount("silent", 3);
            awaitCount("pushing", 1);
            aggregator.process().kill();
        }
        push("pushing", 202, HISTOGRAM);
        await().atMost(SOON).untilAsserted(() -> assertThat(shown("silent")).isEmpty());
        push("silent", 202, HISTOGRAM); // before anything swept it
        await().atMost(SOON).until(() -> oldestUnfoldedAgeSeconds("pushing") > EXPIRY_SECONDS + 4);
        assertThat(shown("pushing")).containsEntry("seconds_count", 1.0);
        push("pushing", 202, HISTOGRAM);

        try (Jars.Started aggregator = aggregator()) {
            assertThat(aggregator.process().isAlive()).isTrue();
            awaitCount("silent", 1);
            awaitCount("pushing", 3);
        }
    }

    private void awaitCount(String tenant, double count) {
        await().atMost(SOON).untilAsserted(() -> assertThat(shown(tenant)).containsEntry("seconds_count", count));
    }
}
