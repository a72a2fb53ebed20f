package dev.streamgauge.standalone.system;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits of single tenants come from a file, on every replica, and change without a restart. */
class OverridesIT {

    private static final Duration RELOADED = Duration.ofSeconds(25);
    private static final String THREE =
            "[{\"name\":\"a_total\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\"1\"}},"
                    + "{\"name\":\"a_total\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\"2\"}},"
                    + "{\"name\":\"a_total\",\"type\":\"counter\",\"value\":1,\"labels\":{\"n\":\"3\"}}]";

    @TempDir
    private Path folder;

    private Path write(String yaml) throws IOException {
        Path file = folder.resolve("overrides.yaml");
        Path written = Files.writeString(folder.resolve("overrides.yaml.new"), yaml);
        return Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Jars.Started ingest(RedisServer redis, Path file) {
        return Jars.role("ingest-api", redis.url(), "STREAMGAUGE_OVERRIDES_FILE=" + file);
    }

    private static int accepted(Jars.Started ingest, String tenant) {
        return given().contentType("application/json")
                .header("X-Scope-OrgID", tenant)
                .body(THREE)
                .post(ingest.at("/api/v1/metrics"))
                .then()
                .statusCode(202)
                .extract()
                .path("accepted");
    }

    @Test
    void limits_areThoseOfTheFileOnEveryReplica_andFollowIt() throws Exception {
        Path file = write("overrides: {small: {max_global_series_per_user: 2}}\n");
        try (RedisServer redis = RedisServer.builder().build().start();
                Jars.Started first = ingest(redis, file).awaitReady();
                Jars.Started second = ingest(redis, file).awaitReady()) {
            assertThat(accepted(first, "small")).isEqualTo(2);
            assertThat(accepted(second, "small")).isEqualTo(2);
            assertThat(accepted(second, "other")).isEqualTo(3);

            write("overrides: {small: {max_global_series_per_user: 3}}\n");

            await().atMost(RELOADED)
                    .untilAsserted(() -> given().header("X-Scope-OrgID", "small")
                            .get(first.at("/api/v1/user_limits"))
                            .then()
                            .body("max_global_series_per_user", equalTo(3)));
            assertThat(accepted(first, "small")).isEqualTo(3);
            given().get(first.at("/api/v1/user_limits"))
                    .then()
                    .body("max_global_series_per_user", equalTo(150_000))
                    .body("ingestion_rate", equalTo(10_000f));
        }
    }

    @Test
    void limits_stayAsTheyWere_whenTheFileTurnsBad() throws Exception {
        Path file = write("overrides: {small: {max_global_series_per_user: 2}}\n");
        try (RedisServer redis = RedisServer.builder().build().start();
                Jars.Started ingest = ingest(redis, file).awaitReady()) {
            String metric = "streamgauge_overrides_last_reload_successful";
            assertThat(Scrapes.ownMetrics(ingest.address())).containsEntry(metric, 1.0);

            write("overrides: {small: {max_series: 3}}\n");

            await().atMost(RELOADED)
                    .untilAsserted(() ->
                            assertThat(Scrapes.ownMetrics(ingest.address())).containsEntry(metric, 0.0));
            assertThat(accepted(ingest, "small")).isEqualTo(2);
            assertThat(ingest.process().output())
                    .contains("overrides state=rejected kept=last", "overrides.small.max_series: no such limit");

            write("overrides: {}\n");

            await().atMost(RELOADED)
                    .untilAsserted(() ->
                            assertThat(Scrapes.ownMetrics(ingest.address())).containsEntry(metric, 1.0));
            assertThat(accepted(ingest, "small")).isEqualTo(3);
        }
    }

    @Test
    void start_failsWithOneLine_whenTheFileIsBadOrMissing() throws Exception {
        Path bad = write("overrides: {small: {max_series: 3}}\n");
        for (Path file : new Path[] {bad, folder.resolve("none.yaml")}) {
            try (RedisServer redis = RedisServer.builder().build().start();
                    Jars.Started ingest = ingest(redis, file)) {

                assertThat(ingest.process().exitCode(Duration.ofSeconds(60))).isNotZero();
                assertThat(ingest.process().output()).contains("streamgauge.overrides-file: " + file);
            }
        }
    }
}
