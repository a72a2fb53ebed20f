package dev.streamgauge.query;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.testkit.OwnRedis;
import dev.streamgauge.testkit.RedisServer;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(
        value = OwnRedis.class,
        scope = TestResourceScope.RESTRICTED_TO_CLASS,
        initArgs = {
            @ResourceArg(name = OwnRedis.KILLED, value = "true"),
            @ResourceArg(name = "streamgauge.auth.admin-key", value = RedisAbsentAtStartAppTest.ADMIN_KEY)
        })
class RedisAbsentAtStartAppTest {

    static final String ADMIN_KEY = "the-administrators-key-0123456789abcdef";

    RedisServer redis;

    @Test
    void scrape_is503WithRetryAfter_untilRedisIsThere() {
        for (String path : List.of("/metrics", "/api/v1/dead-letters")) {
            given().get(path)
                    .then()
                    .statusCode(503)
                    .header("Retry-After", "1")
                    .contentType("application/problem+json")
                    .body("reason", equalTo("redis-unavailable"));
        }
        given().head("/metrics").then().statusCode(503).header("Retry-After", "1");
        // An empty list would make Prometheus drop all targets; an error lets it keep them.
        discovery().then().statusCode(503).header("Retry-After", "1").body("reason", equalTo("redis-unavailable"));
        given().get("/api/v1/sd").then().statusCode(200).body("[0].labels.tenant", equalTo("anonymous"));

        redis.restart();

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> given().get("/metrics").then().statusCode(200));
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> discovery().then().statusCode(200).body(equalTo("[]")));
    }

    /** Discovery as an administrator. */
    private static Response discovery() {
        return given().header("Authorization", "Bearer " + ADMIN_KEY).get("/api/v1/sd");
    }
}
