package dev.streamgauge.aggregator.fold;

import static dev.streamgauge.aggregator.fold.Loops.DEADLINE;
import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.aggregator.Tenant;
import dev.streamgauge.aggregator.fold.Loops.Running;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.testkit.ManualClock;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What a loop takes over from other consumers, and which of them it removes. */
@Execution(ExecutionMode.CONCURRENT)
class ReclaimerTest {

    private static final Sample ONE = counter("orders_total", "", 1);

    private final Loops loops = new Loops();
    private final Tenant tenant = loops.tenant("acme");

    @AfterEach
    void close() {
        loops.close();
    }

    private void awaitTotals(String totals) {
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(tenant.totals()).isEqualTo(totals));
    }

    /** Has entries read by a consumer that then does nothing more. */
    private void readAndLeave(String consumer) {
        try (FoldConnection connection = FoldConnection.open(loops.topology().node(), consumer)) {
            connection.createGroups();
            assertThat(connection.readNew(100)).isNotEmpty();
        }
    }

    @Test
    void entriesOfADeadConsumer_areTakenOver_onceTheyWereLeftLongEnough() {
        tenant.admit(ONE, ONE, ONE);
        readAndLeave("dead");
        ManualClock clock = ManualClock.at(Instant.EPOCH);
        Running loop = loops.run("alive", Duration.ofHours(1), clock);
        letLeftFor(Duration.ofMinutes(59));
        awaitMaintenance(clock, Duration.ofHours(1));
        assertThat(loop.counter("claimed.entries")).isZero();

        letLeftFor(Duration.ofHours(1));
        clock.advance(Duration.ofHours(1));

        awaitTotals("accepted 3 folded 3 dead 0 pending 0");
        assertThat(tenant.shown()).isEqualTo("orders_total{} 3.0\n");
        assertThat(loop.counter("claimed.entries")).isEqualTo(3);
        assertThat(tenant.streamLength()).isZero();
    }

    @Test
    void entriesOfADeadConsumer_areTakenOver_whenTheClockOfTheProcessWasSetBack() {
        tenant.admit(ONE);
        readAndLeave("dead");
        letLeftFor(Duration.ofMinutes(59));
        ManualClock clock = ManualClock.at(Instant.EPOCH.plus(Duration.ofDays(1)));
        Running loop = loops.run("alive", Duration.ofHours(1), clock);
        awaitMaintenance(clock, Duration.ZERO);

        letLeftFor(Duration.ofHours(1));
        clock.advance(Duration.ofHours(-1));

        awaitTotals("accepted 1 folded 1 dead 0 pending 0");
        assertThat(loop.counter("claimed.entries")).isEqualTo(1);
    }

    /** Lets the entries of the consumer "dead" look as if it had done nothing with them for that long. */
    private void letLeftFor(Duration idle) {
        for (String pending : tenant.pending()) {
            tenant.send(
                    Command.XCLAIM,
                    loops.keyspace().stream(tenant.partition()),
                    Keyspace.GROUP,
                    "dead",
                    "0",
                    pending.split(" ", 2)[0],
                    "IDLE",
                    Long.toString(idle.toMillis()),
                    "JUSTID");
        }
    }

    /** Makes maintenance due, and waits until a whole round of the loop began after that. */
    private static void awaitMaintenance(ManualClock clock, Duration reclaimIdle) {
        clock.advance(reclaimIdle);
        long reads = clock.reads();
        await().atMost(DEADLINE).until(() -> clock.reads() >= reads + 4);
    }

    @Test
    void entryOfAnUnknownVersion_isLeftToItsConsumer_andShown() {
        byte[] newer = tenant.entry(ONE);
        newer[0] = 2;
        tenant.admit(List.of(ONE, ONE), List.of(newer, tenant.entry(ONE)));
        readAndLeave("newer-release");

        Running loop = loops.run("alive", Duration.ofMillis(200));

        awaitTotals("accepted 2 folded 1 dead 0 pending 1");
        await().atMost(DEADLINE).until(() -> loop.unreadable() == 1);
        assertThat(tenant.pending()).singleElement().asString().endsWith(" newer-release");
        assertThat(loop.counter("claimed.entries")).isEqualTo(1);
    }

    @Test
    void idleConsumers_areRemoved_butThoseThatHoldEntries() {
        byte[] newer = tenant.entry(ONE);
        newer[0] = 2;
        tenant.admit(List.of(ONE), List.of(newer));
        readAndLeave("holding");
        tenant.send(
                Command.XGROUP, "CREATECONSUMER", loops.keyspace().stream(tenant.partition()), Keyspace.GROUP, "gone");

        loops.run("alive", Duration.ofMillis(50)); // 20 times that is a second

        await().atMost(DEADLINE).until(() -> !tenant.consumers().contains("gone"));
        assertThat(tenant.consumers()).containsExactly("holding");
    }
}
