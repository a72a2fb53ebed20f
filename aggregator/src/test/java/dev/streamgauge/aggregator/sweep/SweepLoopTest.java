package dev.streamgauge.aggregator.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.aggregator.LoopPulse;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.sweep.SeriesSweep;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SweepLoopTest {

    private static final Keyspace KEYSPACE = new Keyspace(4);
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int EXPIRY = 100;

    /** Of a gauge and a counter without labels, each in a listpack, and of their families. */
    private static final long BYTES_OF_BOTH = (49 + 8) + (5 + 5 + 200) + (29 + 8) + (12 + 5 + 200);

    private final Vertx vertx = Vertx.vertx();
    private final RedisServer redis = RedisServer.builder().build();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicLong nanos = new AtomicLong();
    private final LoopPulse pulse = new LoopPulse(Duration.ofSeconds(2), nanos::get);
    private RedisClient client;
    private RedisConnections connections;
    private SweepLoop loop;
    private Thread thread;

    @BeforeEach
    void start() {
        redis.start();
        client = redis.connect();
        RedisOptions options = RedisServer.clientOptions(redis.url());
        connections = new RedisConnections(vertx, options, Duration.ofSeconds(2));
        loop = new SweepLoop(
                new SingleServer(connections, KEYSPACE),
                SeriesSweep.Emptied.KEEP,
                this::expiryOf,
                new SweepMetrics(meters),
                InstantSource.system(),
                pulse);
    }

    private SeriesExpiry expiryOf(TenantId tenant) {
        if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new IllegalStateException("unforeseen");
        }
        return tenant.value().startsWith("keeps") ? SeriesExpiry.NEVER : new SeriesExpiry(0, EXPIRY, 0, 0);
    }

    private void run() {
        thread = Thread.ofPlatform().start(loop);
    }

    @AfterEach
    void stop() throws InterruptedException {
        pulse.stop();
        assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        client.close();
        connections.close();
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void loop_isAlive_whetherItsTurnsFailOrNot() {
        pulse.beat();
        failures.set(1);
        storeOld("acme", "depth", 'g');

        run();

        for (int turn = 0; turn < 3; turn++) {
            nanos.addAndGet(Duration.ofHours(1).toNanos());
            await().atMost(SOON).until(() -> pulse.findFault().isEmpty());
        }
    }

    @Test
    void loop_sweepsEveryTenantByItsOwnExpiry() {
        for (String tenant : new String[] {"acme", "other", "third", "keeps"}) {
            storeOld(tenant, "depth", 'g');
            storeOld(tenant, "orders_total", 'c');
        }

        run();

        await().atMost(SOON).until(() -> expired() == 3);
        // Nothing was pushed for long, and nothing is left that expires.
        long sixHours = Duration.ofHours(6).toSeconds();
        awaitDueIn("acme", sixHours - 60, sixHours);
        awaitDueIn("keeps", sixHours - 60, sixHours);
        assertThat(series("acme", "depth")).isZero();
        assertThat(series("acme", "orders_total")).isEqualTo(1);
        assertThat(series("keeps", "depth")).isEqualTo(1);
    }

    @Test
    void loop_comesBackSoon_whenATenantPushes() {
        for (String tenant : new String[] {"acme", "keeps"}) {
            storeOld(tenant, "depth", 'g');
            storeOld(tenant, "orders_total", 'c');
            client.command(
                    "HSET",
                    KEYSPACE.tenantTotals(new TenantId(tenant)),
                    "pushed",
                    Long.toString(System.currentTimeMillis()));
        }

        run();

        awaitDueIn("acme", 1, EXPIRY / 10);
        awaitDueIn("keeps", 200, 300);
    }

    @Test
    void loop_comesBackWhenTheNextSeriesExpires_whenATenantIsIdle() {
        storeUpdated("acme", "depth", 'g', EXPIRY / 2);

        run();

        awaitDueIn("acme", EXPIRY / 4, EXPIRY / 2 + 1);
        assertThat(series("acme", "depth")).isEqualTo(1);
    }

    @Test
    void loop_forgetsATenant_whenAllItsSeriesWent() {
        storeOld("acme", "depth", 'g');

        run();

        await().atMost(SOON).until(() -> client.command("ZSCORE", KEYSPACE.sweeps(partition("acme")), "acme") == null);
        assertThat(meters.get("streamgauge.expired.families").counter().count()).isEqualTo(1);
    }

    /** Those of a registry that an older release has written, and of one that no series of expires. */
    @Test
    void loop_countsTheBytesOfAWholeRegistry_atItsFirstSweep() {
        storeOld("keeps", "depth", 'g');
        storeOld("keeps", "orders_total", 'c');

        run();

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(registryBytes("keeps")).isEqualTo(BYTES_OF_BOTH));
    }

    @Test
    void loop_countsTheBytesAgain_afterAnHour() {
        storeOld("keeps", "depth", 'g');
        storeOld("keeps", "orders_total", 'c');
        setTotal("keeps", "registry_bytes", "9");
        setTotal("keeps", "recounted", Long.toString(System.currentTimeMillis() / 1_000 - 3_601));

        run();

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(registryBytes("keeps")).isEqualTo(BYTES_OF_BOTH));
    }

    @Test
    void loop_countsNothing_withinAnHour() {
        storeOld("keeps", "depth", 'g');
        setTotal("keeps", "registry_bytes", "9");
        setTotal("keeps", "recounted", Long.toString(System.currentTimeMillis() / 1_000 - 3_000));

        run();

        await().atMost(SOON).until(() -> dueInSeconds("keeps") > 60);
        assertThat(registryBytes("keeps")).isEqualTo(9);
    }

    @Test
    void loop_goesOnWithTheOthers_whenATenantsKeyHoldsUnexpectedData() {
        storeOld("acme", "depth", 'g');
        storeOld("spoilt", "depth", 'g');
        client.command("SET", KEYSPACE.tenantTotals(new TenantId("spoilt")), "not ours");

        run();

        await().atMost(SOON).until(() -> expired() == 1 && failedSweeps() == 1);
        assertThat(series("spoilt", "depth")).isEqualTo(1);
        assertThat(dueInSeconds("spoilt")).isBetween(30L, 60L); // tried again when the claim is over, and no sooner
    }

    @Test
    void loop_goesOnWithTheOthers_whenAPartitionsSweepsHoldUnexpectedData() {
        storeOld("acme", "depth", 'g');
        for (int partition = 0; partition < KEYSPACE.partitions(); partition++) {
            if (partition != partition("acme")) {
                client.command("SET", KEYSPACE.sweeps(partition), "not ours");
            }
        }

        run();

        await().atMost(SOON).until(() -> expired() == 1 && failedSweeps() >= 3);
    }

    @Test
    void loop_goesOn_whenRedisWasAway() {
        redis.kill();
        run();
        redis.start();
        client = redis.connect();
        storeOld("acme", "depth", 'g');

        await().atMost(SOON).until(() -> expired() == 1);
    }

    @Test
    void loop_goesOn_whenItFailedInAnUnforeseenWay() {
        storeOld("acme", "depth", 'g');
        failures.set(1);

        run();

        await().atMost(SOON).until(() -> failures.get() == 0);
        storeOld("other", "depth", 'g');
        await().atMost(SOON).until(() -> expired() == 1);
    }

    private void storeOld(String tenant, String family, char letter) {
        storeUpdated(tenant, family, letter, EXPIRY + 2);
    }

    private void storeUpdated(String tenant, String family, char letter, int secondsAgo) {
        TenantId id = new TenantId(tenant);
        long updated = System.currentTimeMillis() / 1_000 - secondsAgo;
        byte[] value = ByteBuffer.allocate(13 + (letter == 'g' ? 36 : 16))
                .put((byte) letter)
                .putDouble(updated * 1_000.0)
                .putInt((int) updated)
                .array();
        client.commandBytes(ascii("HSET"), ascii(KEYSPACE.family(id, family)), new byte[0], value);
        byte[] row = {(byte) letter, 0, 0, 0, 0};
        client.commandBytes(ascii("HSET"), ascii(KEYSPACE.families(id)), ascii(family), row);
        client.command("ZADD", KEYSPACE.sweeps(partition(tenant)), "1", tenant);
    }

    private void setTotal(String tenant, String field, String value) {
        client.command("HSET", KEYSPACE.tenantTotals(new TenantId(tenant)), field, value);
    }

    private long registryBytes(String tenant) {
        Object bytes = client.command("HGET", KEYSPACE.tenantTotals(new TenantId(tenant)), "registry_bytes");
        return bytes == null ? 0 : Long.parseLong(String.valueOf(bytes));
    }

    private static int partition(String tenant) {
        return KEYSPACE.partitionOf(new TenantId(tenant));
    }

    private long series(String tenant, String family) {
        return (Long) client.command("HLEN", KEYSPACE.family(new TenantId(tenant), family));
    }

    /** Waits, because a tenant that is being swept is due when its claim is over. */
    private void awaitDueIn(String tenant, long least, long most) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(dueInSeconds(tenant)).isBetween(least, most));
    }

    private long dueInSeconds(String tenant) {
        Object due = client.command("ZSCORE", KEYSPACE.sweeps(partition(tenant)), tenant);
        return due == null ? 0 : Long.parseLong(String.valueOf(due)) - System.currentTimeMillis() / 1_000;
    }

    private double expired() {
        return meters.get("streamgauge.expired.series").counter().count();
    }

    private double failedSweeps() {
        return meters.get("streamgauge.sweep.failures").counter().count();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
