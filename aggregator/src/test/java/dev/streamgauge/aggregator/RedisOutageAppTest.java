package dev.streamgauge.aggregator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.testkit.OwnRedis;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.Samples;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import jakarta.inject.Inject;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Redis killed, restarted or silent under a running aggregator: every accepted sample is folded, and once. */
@QuarkusTest
@WithTestResource(value = OwnRedis.class, scope = TestResourceScope.RESTRICTED_TO_CLASS)
class RedisOutageAppTest {

    private static final Duration RECOVERY = Duration.ofSeconds(30);
    private static final int ROUNDS = 10;

    @Inject
    RedisTopology topology;

    private RedisServer redis;

    @AfterEach
    void bringRedisBack() {
        if (!redis.isAlive()) {
            redis.restart();
        }
        redis.resume();
    }

    enum Outage {
        KILL {
            @Override
            void befall(RedisServer redis, RedisTopology topology) {
                redis.kill();
                redis.restart();
            }
        },
        RESTART {
            @Override
            void befall(RedisServer redis, RedisTopology topology) {
                redis.restart();
            }
        },
        SILENCE {
            @Override
            void befall(RedisServer redis, RedisTopology topology) {
                redis.pause();
                // The loop's call was sent before the first of these, or its next one before the second.
                for (int call = 0; call < 2; call++) {
                    assertThatThrownBy(() -> topology.forDirectory()
                                    .send(Request.cmd(Command.PING))
                                    .await()
                                    .atMost(RECOVERY))
                            .isInstanceOf(RedisFailure.class);
                }
                redis.resume();
            }
        };

        abstract void befall(RedisServer redis, RedisTopology topology);
    }

    @ParameterizedTest
    @EnumSource
    void everySample_isFoldedOnce_whateverBefallsRedis(Outage outage) {
        Tenant tenant = Tenant.of(topology, "outage-" + outage);
        Sample one = Samples.counter("orders_total", "", 1);
        Sample[] some = {one, one, one, one, one};
        for (int round = 0; round < ROUNDS; round++) {
            tenant.admit(some); // so that folding is under way
            if (round % 5 == 0) {
                outage.befall(redis, topology);
            }
            await().atMost(RECOVERY)
                    .ignoreExceptionsInstanceOf(RedisFailure.class)
                    .until(() -> tenant.streamLength() >= 0);
        }

        int sent = ROUNDS * some.length;
        await().atMost(RECOVERY)
                .untilAsserted(() -> assertThat(tenant.totals())
                        .isEqualTo("accepted " + sent + " folded " + sent + " dead 0 pending 0"));
        assertThat(tenant.shown()).isEqualTo("orders_total{} " + (double) sent + "\n");
        assertThat(tenant.deadLetters()).isEmpty();
    }
}
