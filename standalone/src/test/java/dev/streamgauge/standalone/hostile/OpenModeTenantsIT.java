package dev.streamgauge.standalone.hostile;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.standalone.system.Scrapes;
import dev.streamgauge.testkit.RedisClient;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sender that makes up a tenant for each push in mode {@code open}: what it leaves in Redis is bounded. */
class OpenModeTenantsIT {

    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int MOST = 20;
    private static final String GOOD = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}";
    private static final String BAD = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":-1}";

    @TempDir
    Path data;

    @Test
    void madeUpTenants_areRejectedAndLeaveNothing_whileTheQuietOneGoesOn() throws Exception {
        try (Jars.Started standalone =
                Jars.standalone(data, "STREAMGAUGE_MAX_TENANTS=" + MOST).awaitReady()) {
            assertThat(push(standalone, "quiet", GOOD).statusCode()).isEqualTo(202);

            List<Response> answers = IntStream.range(0, 10 * MOST)
                    .mapToObj(i -> push(standalone, "made-up-" + i, GOOD))
                    .toList();
            IntStream.range(0, 10 * MOST).forEach(i -> push(standalone, "rejected-" + i, BAD));

            assertThat(answers.stream().filter(answer -> answer.statusCode() == 202))
                    .hasSize(MOST - 1);
            assertThat(answers.stream().filter(answer -> answer.statusCode() != 202))
                    .allSatisfy(answer -> {
                        assertThat(answer.statusCode()).isEqualTo(503);
                        assertThat(answer.path("reason").toString()).isEqualTo("too-many-tenants");
                        assertThat(answer.header("Retry-After")).isEqualTo("1");
                    });
            assertThat(push(standalone, "quiet", GOOD).statusCode()).isEqualTo(202);
            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(Scrapes.values(standalone.address(), "quiet"))
                            .isEqualTo(Map.of("orders_total", 2.0)));
            try (RedisClient redis = redis()) {
                assertThat((List<?>) redis.command("KEYS", "sg:*:t:*:totals")).hasSize(MOST);
                assertThat((List<?>) redis.command("KEYS", "sg:*:t:rejected-*")).isEmpty();
            }
            standalone.process().terminate();
            standalone.process().exitCode(DEADLINE);
        }
    }

    private RedisClient redis() throws IOException {
        String port = Files.readString(data.resolve("redis.conf"))
                .lines()
                .filter(line -> line.startsWith("port "))
                .findFirst()
                .orElseThrow()
                .substring("port ".length());
        RedisClient redis = RedisClient.open(Integer.parseInt(port), DEADLINE);
        redis.command("AUTH", Files.readString(data.resolve("redis.password")).strip());
        return redis;
    }

    private static Response push(Jars.Started standalone, String tenant, String sample) {
        return given().header("X-Scope-OrgID", tenant)
                .contentType("application/json")
                .body(sample)
                .post(standalone.at("/api/v1/metrics"));
    }
}
