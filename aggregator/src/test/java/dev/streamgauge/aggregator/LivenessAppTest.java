package dev.streamgauge.aggregator;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.aggregator.fold.Loops;
import dev.streamgauge.testkit.LogRecorder;
import dev.streamgauge.testkit.OwnRedis;
import dev.streamgauge.testkit.RedisServer;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a liveness probe sees of a process whose loops run, with or without Redis. */
@QuarkusTest
@WithTestResource(value = OwnRedis.class, scope = TestResourceScope.RESTRICTED_TO_CLASS)
class LivenessAppTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private RedisServer redis;

    private static void assertAlive(String path) {
        given().get(path)
                .then()
                .statusCode(200)
                .body("status", equalTo("UP"))
                .body("checks[0].name", equalTo("loops"))
                .body("checks[0].data.fold", equalTo("alive"))
                .body("checks[0].data.sweep", equalTo("alive"));
    }

    @Test
    void process_isLive_whileItsLoopsRun() {
        assertAlive("/q/health/live");
        assertAlive("/-/healthy");
    }

    @Test
    void process_isLive_whileRedisIsDown() {
        try (LogRecorder log = LogRecorder.ofPackage(Loops.class)) {
            redis.kill();
            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(log.lines()).anyMatch(line -> line.startsWith("WARN fold redis=")));

            assertAlive("/q/health/live");
        } finally {
            redis.restart();
        }
    }
}
