package dev.streamgauge.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.OwnRedis;
import dev.streamgauge.testkit.RedisServer;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A process that starts before its Redis. */
@QuarkusTest
@WithTestResource(
        value = OwnRedis.class,
        scope = TestResourceScope.RESTRICTED_TO_CLASS,
        initArgs = @ResourceArg(name = OwnRedis.KILLED, value = "true"))
class NotYetReadyAppTest {

    private RedisServer redis;

    @Test
    void process_rejectsUntilRedisIsThere_andThenServes() {
        Sender sender = new Sender("early");
        String sample = Sender.counter("orders_total", 1);
        given().get("/q/health/ready").then().statusCode(503);
        given().get("/-/ready").then().statusCode(503);
        given().get("/q/health/live").then().statusCode(200);
        Answer early = sender.push(sample);

        redis.restart();

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> given().get("/q/health/ready").then().statusCode(200));
        assertThat(early.outline()).isEqualTo("503 redis-unavailable\n");
        assertThat(early.json().get("detail").textValue()).isEqualTo("Redis: not reached yet, or shutting down");
        assertThat(early.retryAfterSeconds()).isPositive();
        await("the first call, which opens a connection, may miss its deadline")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(
                                sender.push(sample, "Idempotency-Key: early-1").outline())
                        .isEqualTo("202 accepted 1\n"));
        assertThat(Store.of("early").samples()).isEqualTo("counter orders_total{} + 1.0\n");
    }
}
