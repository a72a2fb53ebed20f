package dev.streamgauge.query;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.testkit.RedisServer;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(
        value = OwnRedis.class,
        scope = TestResourceScope.RESTRICTED_TO_CLASS,
        initArgs = @ResourceArg(name = OwnRedis.DEAD, value = "true"))
class RedisAbsentAtStartTest {

    RedisServer redis;

    @Test
    void scrape_isToldToComeBack_untilRedisIsThere() {
        for (String path : List.of("/metrics", "/api/v1/rejections")) {
            given().get(path)
                    .then()
                    .statusCode(503)
                    .header("Retry-After", "1")
                    .contentType("application/problem+json")
                    .body("reason", equalTo("redis-unavailable"));
        }
        given().head("/metrics").then().statusCode(503).header("Retry-After", "1");

        redis.restart();

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> given().get("/metrics").then().statusCode(200));
    }
}
