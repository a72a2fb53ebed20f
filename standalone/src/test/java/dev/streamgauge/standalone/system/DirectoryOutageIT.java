package dev.streamgauge.standalone.system;

import static dev.streamgauge.standalone.system.KeyedCaller.bearer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.testkit.RedisServer;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** While Redis is unreachable, known keys are accepted for 30 s, and none after that. */
class DirectoryOutageIT {

    private static final String ADMIN_KEY = "the-administrators-key-0123456789abcdef";
    private static final String METRICS_KEY = "the-key-of-prometheus-0123456789abcdef";

    private static int status(KeyedCaller caller, Jars.Started ingest, String... headers) throws Exception {
        return caller.get(ingest.at("/api/v1/user_limits"), headers).statusCode();
    }

    @Test
    void knownKeys_areValid_andOthersUndecided_whileRedisIsAway() throws Exception {
        try (RedisServer redis = RedisServer.builder().build().start();
                Directory directory = new Directory(redis);
                KeyedCaller caller = new KeyedCaller();
                Jars.Started ingest = Jars.role(
                                "ingest-api",
                                redis.url(),
                                "STREAMGAUGE_AUTH_MODE=api-key",
                                "STREAMGAUGE_AUTH_ADMIN_KEY=" + ADMIN_KEY,
                                "STREAMGAUGE_AUTH_METRICS_KEY=" + METRICS_KEY)
                        .awaitReady()) {
            ApiKey key = directory.addKey("acme", Scope.INGEST, Scope.QUERY);
            String unknown = bearer(ApiKey.generate(new SecureRandom()));
            assertThat(status(caller, ingest, bearer(key))).isEqualTo(200);
            assertThat(status(caller, ingest, unknown)).isEqualTo(401);

            redis.kill();

            assertThat(status(caller, ingest, bearer(key))).isEqualTo(200);
            assertThat(status(caller, ingest, unknown)).isEqualTo(503);
            assertThat(status(caller, ingest)).isEqualTo(401);
            HttpResponse<String> answer = caller.get(ingest.at("/api/v1/user_limits"), unknown);
            assertThat(answer.body()).contains("\"reason\":\"redis-unavailable\"");
            assertThat(answer.headers().firstValue("Retry-After")).contains("1");
            // The metrics that an operator needs then do not depend on Redis.
            for (String credentials : new String[] {METRICS_KEY, ADMIN_KEY}) {
                HttpResponse<String> metrics =
                        caller.get(ingest.at("/q/metrics"), "Authorization: Bearer " + credentials);
                assertThat(metrics.statusCode()).isEqualTo(200);
            }

            redis.restart();

            await().atMost(Duration.ofSeconds(15))
                    .untilAsserted(
                            () -> assertThat(status(caller, ingest, unknown)).isEqualTo(401));
            assertThat(caller.pushed(ingest, bearer(key))).isEqualTo(202);
        }
    }

    @Test
    void everyKeyDies_whenRedisWasEmptied() throws Exception {
        try (RedisServer redis = RedisServer.builder().build().start();
                Directory directory = new Directory(redis);
                KeyedCaller caller = new KeyedCaller();
                Jars.Started ingest = Jars.role("ingest-api", redis.url(), "STREAMGAUGE_AUTH_MODE=api-key")
                        .awaitReady()) {
            ApiKey key = directory.addKey("acme", Scope.QUERY);
            assertThat(status(caller, ingest, bearer(key))).isEqualTo(200);

            redis.command("FLUSHALL");

            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() ->
                            assertThat(status(caller, ingest, bearer(key))).isEqualTo(401));
            ApiKey after = directory.addKey("acme", Scope.QUERY);
            assertThat(status(caller, ingest, bearer(after))).isEqualTo(200);
        }
    }
}
