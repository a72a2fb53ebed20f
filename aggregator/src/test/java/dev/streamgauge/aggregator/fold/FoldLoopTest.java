package dev.streamgauge.aggregator.fold;

import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.aggregator.LoopPulse;
import dev.streamgauge.aggregator.Tenant;
import dev.streamgauge.aggregator.fold.batch.FoldMetrics;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.LogRecorder;
import dev.streamgauge.testkit.ManualClock;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.Samples;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisOptions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One loop and what it finds at its start, beside it, and at its end. */
class FoldLoopTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Keyspace KEYSPACE = new Keyspace(2);
    private static final Sample ONE = counter("orders_total", "", 1);

    private static RedisServer redis;
    private static Vertx vertx;

    private final List<Running> running = new ArrayList<>();
    private RedisConnections connections;
    private RedisConnections patient;
    private Tenant tenant;

    @BeforeAll
    static void start() {
        redis = RedisServer.builder().build().start();
        vertx = Vertx.vertx();
        Uni.createFrom().deferred(Uni.createFrom()::voidItem).await().indefinitely(); // its first use needs one thread
    }

    @AfterAll
    static void stop() {
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @BeforeEach
    void connect() {
        redis.command("CONFIG", "SET", "maxmemory", "512mb");
        redis.command("FLUSHALL");
        connections = connectionsTo(redis);
        patient = connectionsTo(redis, DEADLINE);
        tenant = Tenant.of(new SingleServer(patient, KEYSPACE), "acme");
    }

    /** For a loop, which waits for half of the timeout whenever it finds nothing new. */
    private static RedisConnections connectionsTo(RedisServer server) {
        return connectionsTo(server, Duration.ofMillis(800));
    }

    private static RedisConnections connectionsTo(RedisServer server, Duration timeout) {
        RedisOptions options = RedisServer.clientOptions(server.url());
        return new RedisConnections(vertx, options, timeout);
    }

    @AfterEach
    void close() {
        running.forEach(Running::stop);
        connections.close();
        patient.close();
    }

    /** A loop on its thread, with its metrics. */
    private record Running(LoopPulse pulse, Thread thread, MeterRegistry meters) {

        void stop() {
            pulse.stop();
            try {
                assertThat(thread.join(DEADLINE)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        double counter(String name) {
            return meters.get("streamgauge." + name).counter().count();
        }
    }

    private Running run(String consumer, Duration reclaimIdle) {
        return run(connections, consumer, reclaimIdle);
    }

    private Running run(RedisConnections through, String consumer, Duration reclaimIdle) {
        return run(through, consumer, reclaimIdle, InstantSource.system());
    }

    private Running run(RedisConnections through, String consumer, Duration reclaimIdle, InstantSource clock) {
        MeterRegistry meters = new SimpleMeterRegistry();
        LoopPulse pulse = new LoopPulse(DEADLINE, System::nanoTime);
        FoldLoop loop = new FoldLoop(
                new SingleServer(through, KEYSPACE).node(),
                consumer,
                reclaimIdle,
                any -> SeriesExpiry.NEVER,
                new FoldMetrics(meters),
                clock,
                pulse);
        Running started = new Running(pulse, Thread.ofPlatform().start(loop), meters);
        running.add(started);
        return started;
    }

    private void awaitTotals(String totals) {
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(tenant.totals()).isEqualTo(totals));
    }

    /** Has entries read by a consumer that then does nothing more. */
    private void readAndLeave(String consumer) {
        try (FoldConnection connection = FoldConnection.open(new SingleServer(patient, KEYSPACE).node(), consumer)) {
            connection.createGroups();
            assertThat(connection.readNew(100)).isNotEmpty();
        }
    }

    @Test
    void ownEntries_areFoldedFirst_whenAConsumerComesBack() {
        tenant.admit(ONE, ONE);
        readAndLeave("same");

        Running loop = run("same", Duration.ofHours(1));

        awaitTotals("accepted 2 folded 2 dead 0 pending 0");
        assertThat(tenant.shown()).isEqualTo("orders_total{} 2.0\n");
        assertThat(loop.counter("claimed.entries")).isZero();
    }

    @Test
    void ownEntries_areReadAgain_whenTheConnectionBreaks() {
        tenant.spoil("orders_total", "");
        tenant.admit(ONE);
        Running loop = run("alive", Duration.ofHours(1));
        await().atMost(DEADLINE).until(() -> loop.counter("fold.failed.batches") == 1); // and it stays pending
        tenant.remove("orders_total", "");

        redis.command("CLIENT", "KILL", "TYPE", "normal");

        await().atMost(DEADLINE)
                .ignoreExceptions() // the test's own connection broke too
                .untilAsserted(() -> assertThat(tenant.totals()).isEqualTo("accepted 1 folded 1 dead 0 pending 0"));
        assertThat(tenant.shown()).isEqualTo("orders_total{} 1.0\n");
    }

    @Test
    void entryDeletedFromOutside_isCountedAsLost_andTheOthersAreFolded() {
        tenant.admit(ONE, ONE, ONE);
        readAndLeave("same");
        String second = tenant.pending().get(1).split(" ", 2)[0];
        tenant.send(Command.XDEL, KEYSPACE.stream(tenant.partition()), second);

        run("same", Duration.ofHours(1));

        awaitTotals("accepted 3 folded 2 dead 0 pending 1"); // what was in it is unknown
        await().atMost(DEADLINE).until(() -> tenant.pending().isEmpty());
        assertThat(tenant.shown()).isEqualTo("orders_total{} 2.0\n");
        assertThat(tenant.send(Command.HGET, KEYSPACE.totals(tenant.partition()), "lost")
                        .toLong())
                .isEqualTo(1);
        assertThat(tenant.deadLetters()).isEmpty();
    }

    @Test
    void entry_isDeadLetteredAfterFiveTriesOnly_whenItsSeriesHoldsUnexpectedData() {
        tenant.spoil("orders_total", "a=\"spoilt\"");
        tenant.admit(ONE, counter("orders_total", "a=\"spoilt\"", 1), ONE);

        Running loop = run("alive", Duration.ofMillis(400));

        await().atMost(DEADLINE).until(() -> {
            List<String> dead = tenant.deadLetters();
            double tries = loop.counter("fold.failed.batches");
            assertThat(dead.isEmpty() || tries == 5)
                    .as("dead-lettered after %s tries", tries)
                    .isTrue();
            return !dead.isEmpty();
        });
        awaitTotals("accepted 3 folded 2 dead 1 pending 0");
        assertThat(tenant.deadLetters()).containsExactly("unfoldable");
        tenant.remove("orders_total", "a=\"spoilt\"");
        assertThat(tenant.shown()).isEqualTo("orders_total{} 2.0\n");
    }

    @Test
    void entry_isFoldedAfterAll_whenTheUnexpectedDataIsRemovedInTime() {
        tenant.spoil("orders_total", "a=\"spoilt\"");
        tenant.admit(ONE, counter("orders_total", "a=\"spoilt\"", 1), ONE);
        Running loop = run("alive", Duration.ofSeconds(2));
        await().atMost(DEADLINE).until(() -> loop.counter("fold.failed.batches") >= 1);

        tenant.remove("orders_total", "a=\"spoilt\"");

        awaitTotals("accepted 3 folded 3 dead 0 pending 0");
        assertThat(tenant.shown()).isEqualTo("orders_total{a=\"spoilt\"} 1.0\norders_total{} 2.0\n");
        assertThat(tenant.deadLetters()).isEmpty();
    }

    @Test
    void consumer_isRemoved_whenTheLoopStops() {
        Running loop = run("alive", Duration.ofSeconds(1));
        tenant.admit(ONE);
        awaitTotals("accepted 1 folded 1 dead 0 pending 0");
        assertThat(tenant.consumers()).containsExactly("alive");

        loop.stop();

        assertThat(tenant.consumers()).isEmpty();
        tenant.admit(ONE); // the group is still there
        run("next", Duration.ofSeconds(1));
        awaitTotals("accepted 2 folded 2 dead 0 pending 0");
    }

    @Test
    void consumer_stays_whenTheLoopStopsWithEntriesThatItCannotRead() {
        byte[] newer = tenant.entry(ONE);
        newer[0] = 2;
        tenant.admit(List.of(ONE), List.of(newer));
        Running loop = run("alive", Duration.ofSeconds(1));
        await().atMost(DEADLINE).ignoreExceptions().until(() -> tenant.pending().size() == 1);

        loop.stop();

        assertThat(tenant.consumers()).containsExactly("alive");
        assertThat(tenant.pending()).hasSize(1);
    }

    @Test
    void stop_endsAnIdleLoop_afterTheReadThatItWaitsIn() {
        ManualClock clock = ManualClock.at(Instant.EPOCH);
        Running loop = run(connections, "alive", Duration.ofSeconds(1), clock);
        tenant.admit(ONE);
        awaitTotals("accepted 1 folded 1 dead 0 pending 0");

        loop.pulse().stop();
        long reads = clock.reads();
        loop.stop();

        assertThat(clock.reads() - reads).isLessThanOrEqualTo(2); // the round that had begun, and no other
    }

    @Test
    void stop_endsALoop_whoseRedisIsAway() {
        RedisServer away = RedisServer.builder().build().start();
        try (RedisConnections connectionsAway = connectionsTo(away)) {
            away.close();

            run(connectionsAway, "alive", Duration.ofSeconds(1)).stop();
        }
    }

    @Test
    void everyOutage_isLogged_andItsEnd() {
        try (LogRecorder log = LogRecorder.ofPackage(Loops.class);
                RedisServer unsteady = RedisServer.builder().build().start();
                RedisConnections connectionsUnsteady = connectionsTo(unsteady);
                RedisConnections patientUnsteady = connectionsTo(unsteady, DEADLINE)) {
            Running loop = run(connectionsUnsteady, "alive", Duration.ofSeconds(1));
            Tenant there = Tenant.of(new SingleServer(patientUnsteady, KEYSPACE), "acme");
            there.admit(ONE);
            await().atMost(DEADLINE)
                    .ignoreExceptions() // there is no group at first
                    .until(() -> there.consumers().contains("alive"));

            for (int outage = 1; outage <= 2; outage++) {
                unsteady.kill();
                int outages = outage;
                await().atMost(DEADLINE).until(() -> Collections.frequency(outages(log), "WARN") == outages);
                unsteady.restart();
                await().atMost(DEADLINE).until(() -> outages(log).getLast().equals("fold redis=up"));
            }

            loop.stop();
            assertThat(outages(log)).containsExactly("WARN", "fold redis=up", "WARN", "fold redis=up");
        }
    }

    /** Warnings, and the notes that Redis is back. */
    private static List<String> outages(LogRecorder log) {
        return log.records().stream()
                .map(event -> event.getLevel().intValue() >= Level.WARNING.intValue() ? "WARN" : event.getMessage())
                .filter(event -> event.equals("WARN") || event.equals("fold redis=up"))
                .toList();
    }

    private double claimedEntries() {
        return running.stream()
                .mapToDouble(loop -> loop.counter("claimed.entries"))
                .sum();
    }

    @Test
    void everySample_isFoldedOnce_whenLoopsTakeEntriesFromEachOther() {
        for (String consumer : List.of("first", "second", "third")) {
            run(consumer, Duration.ofMillis(2)); // far too short, so that they take over what is being folded
        }
        Sample[] samples = new Sample[50];
        Arrays.fill(samples, ONE);

        AtomicInteger pushes = new AtomicInteger();
        await("how often they take entries over depends on who comes first")
                .atMost(DEADLINE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    tenant.admit(samples);
                    return pushes.incrementAndGet() >= 60 && claimedEntries() > 0;
                });

        int accepted = pushes.get() * samples.length;
        awaitTotals("accepted %1$s folded %1$s dead 0 pending 0".formatted(accepted));
        assertThat(tenant.shown()).isEqualTo("orders_total{} " + accepted + ".0\n");
        assertThat(tenant.streamLength()).isZero();
        assertThat(tenant.deadLetters()).isEmpty();
    }

    @Test
    void backlog_isFolded_whenRedisWasFullBeforeTheFirstAggregatorCame() {
        tenant.admit(ONE, ONE, ONE);
        redis.command("CONFIG", "SET", "maxmemory", "1");

        run("alive", Duration.ofSeconds(1));

        awaitTotals("accepted 3 folded 3 dead 0 pending 0");
        assertThat(tenant.shown()).isEqualTo("orders_total{} 3.0\n");
    }

    @Test
    void entries_thatContradictEachOther_areFoldedOneByOne() {
        Sample otherLayout = new Sample(
                0,
                new Family("seconds", "", "", new Histogram(BucketLayout.of(5).orElseThrow())),
                ONE.labels(),
                new SampleValue.Observations(new double[] {1}),
                Sample.NO_TIMESTAMP);
        Sample seconds = Samples.histogram("seconds", "", 1);
        tenant.admit(
                List.of(seconds, seconds, seconds),
                List.of(tenant.entry(seconds), tenant.entry(otherLayout), tenant.entry(seconds)));

        run("alive", Duration.ofMillis(200));

        awaitTotals("accepted 3 folded 2 dead 1 pending 0");
        assertThat(tenant.shown()).isEqualTo("seconds{} 2.0 0.0 0.0 sum 2.0\n");
        assertThat(tenant.deadLetters()).containsExactly("unfoldable");
    }

    @Test
    void metrics_tellOfEveryFold() {
        tenant.admit(ONE, ONE, ONE);

        Running loop = run("alive", Duration.ofSeconds(1));

        awaitTotals("accepted 3 folded 3 dead 0 pending 0");
        await().atMost(DEADLINE)
                .until(() -> loop.meters
                                .get("streamgauge.fold.batch.entries")
                                .summary()
                                .totalAmount()
                        == 3);
        assertThat(Map.of(
                        "batches",
                        loop.meters
                                .get("streamgauge.fold.batch.entries")
                                .summary()
                                .count(),
                        "folds",
                        loop.meters.get("streamgauge.fold.duration").timer().count(),
                        "failed",
                        (long) loop.counter("fold.failed.batches"),
                        "stale",
                        (long) loop.counter("fold.stale.batches")))
                .isEqualTo(Map.of("batches", 1L, "folds", 1L, "failed", 0L, "stale", 0L));
    }
}
