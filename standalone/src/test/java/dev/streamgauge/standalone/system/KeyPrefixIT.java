package dev.streamgauge.standalone.system;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two installations with different prefixes share a Redis, and neither sees the other. */
class KeyPrefixIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String COUNTER = "{\"name\":\"a\",\"type\":\"counter\",\"value\":1}";
    private static final String GAUGE = "{\"name\":\"a\",\"type\":\"gauge\",\"value\":70}";

    @TempDir
    private Path folder;

    private Jars.Started installation(RedisServer redis, String prefix, int partitions) {
        return Jars.standalone(
                folder,
                "STREAMGAUGE_EMBEDDED_REDIS_ENABLED=false",
                "QUARKUS_REDIS_HOSTS=" + redis.url(),
                "STREAMGAUGE_REDIS_KEY_PREFIX=" + prefix,
                "STREAMGAUGE_PARTITIONS=" + partitions);
    }

    private static void push(Jars.Started installation, String body) {
        given().contentType("application/json")
                .header("Idempotency-Key", "k")
                .body(body)
                .post(installation.at("/api/v1/metrics"))
                .then()
                .statusCode(202);
    }

    @Test
    void installations_seeNothingOfEachOther_whenTheirPrefixesDiffer() throws Exception {
        try (RedisServer redis = RedisServer.builder().build().start();
                Jars.Started production = installation(redis, "sg", 16);
                Jars.Started staging = installation(redis, "sg-2", 3)) {
            production.awaitReady();
            staging.awaitReady();

            push(production, COUNTER);
            push(staging, GAUGE);

            // Own metrics are from the last poll of Redis, so they may lag behind the pushes.
            await().atMost(SOON).untilAsserted(() -> {
                assertThat(Scrapes.values(production.address(), "anonymous")).isEqualTo(Map.of("a", 1.0));
                assertThat(Scrapes.values(staging.address(), "anonymous")).isEqualTo(Map.of("a", 70.0));
                assertThat(Scrapes.ownMetrics(staging.address()))
                        .containsEntry("streamgauge_accepted_samples_total", 1.0);
            });
            List<?> keys = (List<?>) Objects.requireNonNull(redis.command("KEYS", "*"));
            assertThat(keys).allSatisfy(key -> assertThat(String.valueOf(key)).containsPattern("^(sg|sg-2):"));
            assertThat(keys).anySatisfy(key -> assertThat(String.valueOf(key)).startsWith("sg-2:{"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:b", "{0}", "*"})
    void start_failsWithOneLine_whenThePrefixIsNotAllowed(String prefix) {
        try (RedisServer redis = RedisServer.builder().build().start();
                Jars.Started ingest = Jars.role("ingest-api", redis.url(), "STREAMGAUGE_REDIS_KEY_PREFIX=" + prefix)) {

            assertThat(ingest.process().exitCode(Duration.ofSeconds(60))).isNotZero();
            assertThat(ingest.process().output())
                    .contains(
                            "streamgauge.redis-key-prefix must be 1 to 64 characters of letters, digits, '.', '_' and '-'");
        }
    }
}
