package dev.streamgauge.standalone.system;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.RedisUsers;
import io.restassured.response.Response;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each profile checks the settings of Redis, says what to change, and is shown; {@code replicated} waits for a replica.
 */
class DurabilityProfileIT {

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    /** An answer that takes longer than this did not come from the deadline of a Redis call. */
    private static final Duration IN_TIME = Duration.ofSeconds(10);

    private static final String SAMPLE = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}";

    private static Jars.Started ingest(RedisServer redis, String profile) {
        return Jars.role(
                "ingest-api", redis.url(), "STREAMGAUGE_DURABILITY=" + profile, "STREAMGAUGE_REDIS_TIMEOUT=1s");
    }

    /** As a Redis user that may read all settings, which those of the roles may not. */
    private static Jars.Started ingestAsOperator(RedisServer redis, String profile) {
        return Jars.role(
                "ingest-api",
                redis.url(),
                "STREAMGAUGE_DURABILITY=" + profile,
                "QUARKUS_REDIS_HOSTS=" + redis.url().replace("://", "://operator@"),
                "QUARKUS_REDIS_PASSWORD=" + RedisUsers.password("operator"));
    }

    private static Response push(Jars.Started ingest) {
        return push(ingest, "k");
    }

    private static Response push(Jars.Started ingest, String key) {
        return given().contentType("application/json")
                .header("Idempotency-Key", key)
                .body(SAMPLE)
                .post(ingest.at("/api/v1/metrics"));
    }

    /** On a busy machine a replica may confirm too late at first. */
    private static Response pushUntilAccepted(Jars.Started ingest) {
        return await().atMost(DEADLINE).until(() -> push(ingest), answer -> answer.statusCode() == 202);
    }

    @ParameterizedTest
    @CsvSource({
        "standard,   appendfsync everysec,    set appendfsync always",
        "fast,       appendfsync no,          set appendfsync everysec",
        "replicated, min-replicas-to-write 0, set min-replicas-to-write 1"
    })
    void start_failsWithWhatToChange_whenRedisIsSetOtherwise(String profile, String directive, String advice) {
        try (RedisServer redis =
                        RedisServer.builder().directives(directive).build().start();
                Jars.Started ingest = ingestAsOperator(redis, profile)) {

            assertThat(ingest.process().exitCode(DEADLINE)).isNotZero();
            assertThat(ingest.process().output()).contains("Redis cannot be the store: Redis has ", advice);
        }
    }

    @ParameterizedTest
    @CsvSource({"standard, always", "fast, everysec"})
    void status_showsTheProfile_whenRedisIsFit(String profile, String fsync) {
        try (RedisServer redis = RedisServer.builder()
                        .directives("appendfsync " + fsync)
                        .build()
                        .start();
                Jars.Started ingest = ingestAsOperator(redis, profile).awaitReady()) {

            given().get(ingest.at("/api/v1/status"))
                    .then()
                    .body("durability.profile", equalTo(profile))
                    .body("durability.checked", equalTo(true));
            assertThat(ingest.process().output().contains("up to 2 s of accepted samples may be lost"))
                    .isEqualTo(profile.equals("fast"));
        }
    }

    @Test
    void status_saysThatNotAllWasChecked_whenTheRedisUserIsThatOfTheRole() {
        try (RedisServer redis = RedisServer.builder().build().start();
                Jars.Started ingest = ingest(redis, "standard").awaitReady()) {

            given().get(ingest.at("/api/v1/status")).then().body("durability.checked", equalTo(false));
            assertThat(ingest.process().output())
                    .contains("durability check=partial unchecked=appendfsync=always,no-appendfsync-on-rewrite=no: ");
        }
    }

    @Test
    void push_is503InTimeAndCountedOnceInTheEnd_whenNoReplicaConfirms() {
        try (RedisServer primary = RedisServer.builder()
                        .directives(
                                "repl-diskless-sync-delay 0",
                                "min-replicas-to-write 1",
                                "min-replicas-max-lag 60") // so that the silent replica counts, and WAIT is what
                        // decides
                        .build()
                        .start();
                RedisServer replica = RedisServer.builder()
                        .directives("replicaof 127.0.0.1 " + primary.port())
                        .build()
                        .start();
                Jars.Started ingest = ingest(primary, "replicated").awaitReady();
                Jars.Started aggregator = Jars.role("aggregator", primary.url(), "STREAMGAUGE_DURABILITY=replicated");
                Jars.Started query = Jars.role("query-api", primary.url(), "STREAMGAUGE_DURABILITY=replicated")) {
            aggregator.awaitReady();
            query.awaitReady();
            given().get(ingest.at("/api/v1/status")).then().body("durability.profile", equalTo("replicated"));
            push(ingest, "warm-up");
            replica.pause();
            Response unconfirmed = CompletableFuture.supplyAsync(() -> push(ingest))
                    .orTimeout(IN_TIME.toSeconds(), TimeUnit.SECONDS)
                    .join();
            Response stillUnconfirmed = push(ingest);
            replica.resume();

            Response confirmed = pushUntilAccepted(ingest);

            assertThat(unconfirmed.statusCode()).isEqualTo(503);
            assertThat(unconfirmed.header("Retry-After")).isEqualTo("1");
            assertThat(stillUnconfirmed.statusCode()).isEqualTo(503);
            assertThat(confirmed.header("Idempotency-Replayed")).isEqualTo("true");
            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(Scrapes.values(query.address(), "anonymous"))
                            .isEqualTo(Map.of("orders_total", 2.0)));
        }
    }

    @Test
    void start_waitsForAReplica_whenThereIsNone() {
        try (RedisServer primary = RedisServer.builder()
                        .directives("repl-diskless-sync-delay 0", "min-replicas-to-write 1")
                        .build()
                        .start();
                Jars.Started ingest = ingest(primary, "replicated")) {
            await().atMost(DEADLINE)
                    .until(() -> ingest.process().output().contains("redis state=awaited kind=UNAVAILABLE"));
            ingest.process().awaitAnswer(ingest.at("/q/health/live"), DEADLINE);
            assertThat(push(ingest).statusCode()).isEqualTo(503);

            try (RedisServer replica = RedisServer.builder()
                    .directives("replicaof 127.0.0.1 " + primary.port())
                    .build()
                    .start()) {
                ingest.awaitReady();

                assertThat(pushUntilAccepted(ingest).statusCode()).isEqualTo(202);
                assertThat(replica.isAlive()).isTrue();
            }
        }
    }
}
