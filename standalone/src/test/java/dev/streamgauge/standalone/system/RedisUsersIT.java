package dev.streamgauge.standalone.system;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.RedisUsers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the Redis users of production, every role can do its work, and tries nothing that its user may not do. */
class RedisUsersIT {

    private static final int TENANTS = 3;
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String SAMPLE = "{\"name\":\"a_total\",\"type\":\"counter\",\"value\":1}";

    /** An entry of a version that is known, and nothing in it: it goes to the dead letters. */
    private static final String MALFORMED = "\u0001\0\0";

    @TempDir
    private Path folder;

    private RedisServer.Builder redis() throws IOException {
        Path users = Files.writeString(folder.resolve("users.acl"), RedisUsers.filledIn());
        return RedisServer.builder().directives("aclfile " + users);
    }

    private static RedisClient operator(RedisServer redis) {
        RedisClient operator = redis.connect();
        operator.command("AUTH", "operator", RedisUsers.password("operator"));
        return operator;
    }

    /** What Redis denied, except for reading a setting: each process tries that once, at its start. */
    private static List<?> denied(RedisClient operator) {
        return ((List<?>) operator.command("ACL", "LOG"))
                .stream()
                        .filter(entry -> !((List<?>) entry).contains("config|get"))
                        .toList();
    }

    @Test
    void roles_mayDoAllThatTheyTry_underAMixedLoad() throws Exception {
        try (RedisServer redis = redis().build().start();
                RedisClient operator = operator(redis);
                Jars.Started ingest = Jars.role("ingest-api", redis.url()).awaitReady();
                Jars.Started killed = Jars.role("aggregator", redis.url()).awaitReady();
                Jars.Started aggregator = Jars.role("aggregator", redis.url()).awaitReady();
                Jars.Started query = Jars.role("query-api", redis.url()).awaitReady()) {
            MixedLoad load = new MixedLoad(ingest.at("/api/v1/metrics"), 8, TENANTS, 7);
            load.run(400);
            killed.process().kill(); // what it had read is taken over
            operator.command("SCRIPT", "FLUSH");
            load.run(400);
            operator.command("XADD", "sg:{3}:stream", "*", "p", MALFORMED);

            Scrapes.assertTotals(query.address(), query.address(), load, TENANTS);
            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(Scrapes.ownMetrics(aggregator.address()))
                            .containsEntry("streamgauge_dead_lettered_entries_total", 1.0));
            given().get(query.at("/api/v1/dead-letters")).then().statusCode(200);
            aggregator.process().terminate();
            ingest.process().terminate();

            assertThat(denied(operator)).isEmpty();
        }
    }

    @Test
    void standalone_mayDoAllThatItTries_whenItUsesThisRedis() throws Exception {
        try (RedisServer redis = redis().build().start();
                RedisClient operator = operator(redis);
                Jars.Started standalone = Jars.standalone(
                                folder.resolve("data"),
                                "STREAMGAUGE_EMBEDDED_REDIS_ENABLED=false",
                                "QUARKUS_REDIS_HOSTS=redis://streamgauge-standalone@127.0.0.1:" + redis.port(),
                                "QUARKUS_REDIS_PASSWORD=" + RedisUsers.password("streamgauge-standalone"))
                        .awaitReady()) {
            MixedLoad load = new MixedLoad(standalone.at("/api/v1/metrics"), 4, TENANTS, 8);

            load.run(100);

            Scrapes.assertTotals(standalone.address(), standalone.address(), load, TENANTS);
            assertThat(denied(operator)).isEmpty();
        }
    }

    @Test
    void query_waitsForTheOthers_whenItComesFirst() throws Exception {
        try (RedisServer redis = redis().build().start();
                Jars.Started query = Jars.role("query-api", redis.url())) {
            await().atMost(DEADLINE)
                    .until(() -> query.process().output().contains("redis state=awaited kind=UNAVAILABLE"));
            assertThat(query.process().output()).contains("start an ingest-api or an aggregator");

            try (Jars.Started ingest = Jars.role("ingest-api", redis.url()).awaitReady()) {
                query.awaitReady();

                given().contentType("application/json")
                        .body(SAMPLE)
                        .post(ingest.at("/api/v1/metrics"))
                        .then()
                        .statusCode(202);
            }
        }
    }
}
