package dev.streamgauge.aggregator;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.testkit.OwnRedis;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a liveness probe sees after a thread has died. The thread does not come back, so no other test is here. */
@QuarkusTest
@WithTestResource(value = OwnRedis.class, scope = TestResourceScope.RESTRICTED_TO_CLASS)
class DeadLoopAppTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @Test
    void process_isNotLive_whenAThreadHasDied() {
        Thread fold = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("fold"))
                .findFirst()
                .orElseThrow();

        fold.interrupt();

        await().atMost(DEADLINE)
                .untilAsserted(() -> given().get("/q/health/live")
                        .then()
                        .statusCode(503)
                        .body("checks[0].data.fold", equalTo("its thread has died"))
                        .body("checks[0].data.sweep", equalTo("alive")));
        given().get("/q/health/ready").then().statusCode(200);
    }
}
