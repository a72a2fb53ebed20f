package dev.streamgauge.ingest.rejection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.ingest.FixedIngestConfig;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.accounting.RejectionCounts;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each rejection is counted in Redis once, whatever happens to Redis meanwhile. */
class RejectionFlusherTest {

    private static final Keyspace KEYSPACE = new Keyspace(4);
    private static final TenantId ACME = new TenantId("acme");
    private static final Duration DEADLINE = Duration.ofMillis(500);
    private static final Duration SOON = Duration.ofSeconds(10);

    private final RedisServer redis = RedisServer.builder().build().start();
    private final Vertx vertx = Vertx.vertx();
    private final RedisConnections connections =
            new RedisConnections(vertx, RedisServer.clientOptions(redis.url()), DEADLINE);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final RejectionCounter rejections = new RejectionCounter(KEYSPACE, 10_000);
    private final DiscardedSamples discarded = new DiscardedSamples(
            registry, rejections, new FixedIngestConfig(Duration.ofSeconds(10), 1_000, 1 << 20, 10));
    private final RejectionFlusher flusher = new RejectionFlusher(
            rejections,
            discarded,
            new TenantDebts(),
            new SingleServer(connections, KEYSPACE),
            RejectionCounts.STRANGER_WINDOW,
            Duration.ofSeconds(2));

    @BeforeEach
    void start() {
        flusher.start(new StartupEvent());
    }

    @AfterEach
    void stop() throws InterruptedException {
        redis.resume();
        flusher.stop(new ShutdownEvent());
        vertx.close().toCompletionStage().toCompletableFuture().join();
        redis.close();
    }

    private String counted(TenantId tenant) {
        return String.valueOf(redis.command("HGETALL", KEYSPACE.tenantRejections(tenant)));
    }

    @Test
    void rejections_getToRedis_withinSeconds() {
        discarded.count(ACME, Reason.COUNTER_NEGATIVE, 2);
        discarded.count(ACME, Reason.COUNTER_NEGATIVE, 3);

        await().atMost(SOON).untilAsserted(() -> assertThat(counted(ACME)).isEqualTo("[counter-negative, 5]"));
    }

    @Test
    void rejections_getToRedis_whenTheyAreOfManyTenants() {
        for (int i = 0; i < 1_000; i++) {
            discarded.count(new TenantId("tenant-" + i), Reason.TYPE_CONFLICT, i + 1);
        }

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(redis.command("DBSIZE")).isEqualTo(1_004L));
        assertThat(counted(new TenantId("tenant-999"))).isEqualTo("[type-conflict, 1000]");
    }

    @Test
    void rejections_countOnce_whenRedisCountedThemAndItsAnswerWasLost() {
        discarded.count(ACME, Reason.COUNTER_NEGATIVE, 1);
        await().atMost(SOON).until(() -> counted(ACME).equals("[counter-negative, 1]"));
        redis.pause(); // calls sent now wait in the socket, and run after their deadline has passed
        discarded.count(ACME, Reason.COUNTER_NEGATIVE, 10);
        await().pollDelay(DEADLINE.multipliedBy(5)).until(() -> true); // a period, the deadline, and another one
        discarded.count(ACME, Reason.COUNTER_NEGATIVE, 100);

        redis.resume();

        await().atMost(SOON).untilAsserted(() -> assertThat(counted(ACME)).isEqualTo("[counter-negative, 111]"));
        await().during(Duration.ofSeconds(2))
                .atMost(SOON)
                .untilAsserted(() -> assertThat(counted(ACME)).isEqualTo("[counter-negative, 111]"));
    }

    @Test
    void rejections_getToRedis_whenTheProcessStops() throws InterruptedException {
        discarded.count(ACME, Reason.COUNTER_NEGATIVE, 7);

        flusher.stop(new ShutdownEvent());

        assertThat(counted(ACME)).isEqualTo("[counter-negative, 7]");
    }

    @Test
    void rejections_areCountedAsUnkept_whenTheirKeyIsUnexpected() {
        redis.command("SET", KEYSPACE.tenantRejections(ACME), "unexpected");
        discarded.count(ACME, Reason.COUNTER_NEGATIVE, 7);

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(registry.get("streamgauge.unkept.rejections")
                                .counter()
                                .count())
                        .isEqualTo(7));
        assertThat(redis.command("GET", KEYSPACE.tenantRejections(ACME))).isEqualTo("unexpected");
    }
}
