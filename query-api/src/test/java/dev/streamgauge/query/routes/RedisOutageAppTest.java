package dev.streamgauge.query.routes;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import dev.streamgauge.query.Pushed;
import dev.streamgauge.query.Registries;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.OwnRedis;
import dev.streamgauge.testkit.ParsedExposition;
import dev.streamgauge.testkit.RedisServer;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(
        value = OwnRedis.class,
        scope = TestResourceScope.RESTRICTED_TO_CLASS,
        initArgs = {
            @ResourceArg(name = "streamgauge.redis-timeout", value = "1s"),
            @ResourceArg(name = "streamgauge.query.max-held-bytes", value = "65536")
        })
@TestInstance(Lifecycle.PER_CLASS)
class RedisOutageAppTest {

    @Inject
    RedisTopology topology;

    @TestHTTPResource("/")
    URI root;

    RedisServer redis;

    @BeforeAll
    void fill() {
        Registries registries = new Registries(topology);
        registries.push("big", SlowClientAppTest.bigFamily());
        registries.push("small", Pushed.counter("hits_total", "", 3));
    }

    @BeforeEach
    void startRedis() {
        if (!redis.isAlive()) {
            redis.restart();
        }
        awaitScrape();
    }

    @Test
    void scrape_is503WithRetryAfter_whileRedisIsDown() {
        redis.kill();

        assertUnavailable();
        assertUnavailable();

        redis.restart();
        awaitScrape();
    }

    @Test
    void scrape_is503WithRetryAfter_whileRedisHangs() {
        redis.pause();

        assertUnavailable();

        redis.resume();
        awaitScrape();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1", "HTTP/1.0"})
    void scrapeUnderWay_isReset_whenRedisIsKilled(String version) throws Exception {
        try (SlowClient client = new SlowClient(root, "GET /tenants/big/metrics " + version)) {
            String head = client.readHead();

            redis.kill();

            assertThat(head).contains("200 OK").doesNotContainIgnoringCase("content-length");
            assertThatThrownBy(client::readToEnd)
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Connection reset");
        }
    }

    private void assertUnavailable() {
        for (String path : List.of("/tenants/small/metrics", "/api/v1/dead-letters")) {
            given().get(path)
                    .then()
                    .statusCode(503)
                    .header("Retry-After", "1")
                    .contentType("application/problem+json")
                    .body("reason", equalTo("redis-unavailable"));
        }
    }

    private void awaitScrape() {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            String body = given().get("/tenants/small/metrics")
                    .then()
                    .statusCode(200)
                    .extract()
                    .asString();
            assertThat(ParsedExposition.parse(body).value("hits_total")).isEqualTo(3);
        });
    }
}
