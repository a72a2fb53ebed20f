package dev.streamgauge.aggregator.fold;

import static dev.streamgauge.aggregator.fold.Loops.DEADLINE;
import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.aggregator.Tenant;
import dev.streamgauge.aggregator.fold.Loops.Running;
import dev.streamgauge.aggregator.fold.batch.FoldMetrics;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.testkit.LogRecorder;
import dev.streamgauge.testkit.ManualClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A partition's own keys hold unexpected data: the other partitions go on. */
@Execution(ExecutionMode.CONCURRENT)
class BrokenPartitionTest {

    private static final Sample ONE = counter("orders_total", "", 1);

    private final Loops loops = new Loops();
    private final Tenant tenant = loops.tenant("acme");
    private final Tenant other = Stream.of("a", "b", "c", "d", "e")
            .map(loops::tenant)
            .filter(candidate -> candidate.partition() != tenant.partition())
            .findFirst()
            .orElseThrow();

    @AfterEach
    void close() {
        loops.close();
    }

    private String key(String name) {
        return name.equals("stream")
                ? loops.keyspace().stream(tenant.partition())
                : loops.keyspace().totals(tenant.partition());
    }

    private static void awaitTotals(Tenant of, String totals) {
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(of.totals()).isEqualTo(totals));
    }

    private static void awaitBroken(Running loop, double partitions) {
        await().atMost(DEADLINE)
                .until(() -> loop.meters()
                                .get("streamgauge.broken.partitions")
                                .gauge()
                                .value()
                        == partitions);
    }

    private long calls() {
        Response info = tenant.send(Command.INFO, "stats");
        return info.toString()
                .lines()
                .filter(line -> line.startsWith("total_commands_processed:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                .sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream", "totals"})
    void others_areFolded_andItself_onceItIsRepaired(String broken) {
        Running loop = loops.run("alive", Duration.ofMillis(600));
        tenant.admit(ONE);
        awaitTotals(tenant, "accepted 1 folded 1 dead 0 pending 0");

        tenant.send(Command.SET, key(broken), "unexpected");
        awaitBroken(loop, 1);
        other.admit(ONE);
        awaitTotals(other, "accepted 1 folded 1 dead 0 pending 0");
        other.admit(ONE);
        awaitTotals(other, "accepted 2 folded 2 dead 0 pending 0");

        tenant.send(Command.DEL, key(broken));
        tenant.admit(ONE);
        awaitTotals(tenant, "accepted 2 folded 2 dead 0 pending 0");
        awaitBroken(loop, 0);
    }

    @Test
    void others_areFolded_whenItIsBrokenFromTheStart() {
        tenant.send(Command.SET, key("stream"), "unexpected");
        other.admit(ONE);

        Running loop = loops.run("alive", Duration.ofMillis(600));

        awaitTotals(other, "accepted 1 folded 1 dead 0 pending 0");
        awaitBroken(loop, 1);
    }

    @Test
    void broken_isLoggedAgain_onlyWhenAnotherOneBreaks() {
        PartitionQuarantine quarantine =
                new PartitionQuarantine(List.of(0, 1), new FoldMetrics(new SimpleMeterRegistry()).addLoop());
        try (FoldConnection connection = FoldConnection.open(loops.topology().node(), "alive");
                LogRecorder log = LogRecorder.of(PartitionQuarantine.class)) {
            tenant.send(Command.SET, key("stream"), "unexpected");
            quarantine.leaveOutBroken(connection);
            quarantine.recheck(connection);
            quarantine.recheck(connection);
            int atFirst = log.messages(LogRecorder.by(Thread.currentThread())).size();
            other.send(Command.SET, loops.keyspace().stream(other.partition()), "unexpected");
            quarantine.leaveOutBroken(connection);
            quarantine.recheck(connection);

            assertThat(atFirst).isEqualTo(1);
            assertThat(log.messages(LogRecorder.by(Thread.currentThread()))).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void orphans_areCounted_whenAnEntryIsDeletedFromOutside(boolean wasRead) {
        tenant.admit(ONE);
        if (wasRead) {
            try (FoldConnection dead = FoldConnection.open(loops.topology().node(), "dead")) {
                dead.createGroups();
                assertThat(dead.readNew(10)).isNotEmpty();
            }
        }
        tenant.send(Command.XTRIM, key("stream"), "MAXLEN", "0");

        Running loop = loops.run("alive", Duration.ofMillis(600));

        await().atMost(DEADLINE)
                .until(() -> loop.meters()
                                .get("streamgauge.orphaned.samples")
                                .gauge()
                                .value()
                        == 1);
        other.admit(ONE);
        awaitTotals(other, "accepted 1 folded 1 dead 0 pending 0");
    }

    @Test
    void loop_asksRedisNothing_betweenMaintenances_whenEveryPartitionIsBroken() {
        for (int partition = 0; partition < loops.keyspace().partitions(); partition++) {
            tenant.send(Command.SET, loops.keyspace().stream(partition), "unexpected");
        }
        ManualClock clock = ManualClock.at(Instant.EPOCH);
        Running loop = loops.run("alive", Duration.ofSeconds(1), clock);
        awaitBroken(loop, loops.keyspace().partitions());
        awaitRounds(clock);
        long before = calls();

        awaitRounds(clock);

        assertThat(calls() - before).isEqualTo(1); // the test's own, to count them
        for (int partition = 0; partition < loops.keyspace().partitions(); partition++) {
            tenant.send(Command.DEL, loops.keyspace().stream(partition));
        }
        clock.advance(Duration.ofSeconds(1));
        tenant.admit(ONE);
        awaitTotals(tenant, "accepted 1 folded 1 dead 0 pending 0");
    }

    /** Waits until the loop went round several times; each round reads the clock. */
    private static void awaitRounds(ManualClock clock) {
        long reads = clock.reads();
        await().atMost(DEADLINE).until(() -> clock.reads() >= reads + 5);
    }
}
