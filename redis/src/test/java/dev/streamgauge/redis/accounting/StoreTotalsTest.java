package dev.streamgauge.redis.accounting;

import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.redis.admission.Push;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.deadletter.DeadLetterReason;
import dev.streamgauge.redis.fold.FoldConnection;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreTotalsTest {

    private static final Keyspace KEYSPACE = new Keyspace(3);
    private static final Sample ONE = counter("orders_total", "", 1);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private StoreTotals totals() {
        return StoreTotals.read(redis.topology(KEYSPACE)).await().indefinitely();
    }

    private void admit(String tenant, Sample... samples) {
        new AdmissionScript(redis.topology(KEYSPACE), AdmissionTerms.DEFAULTS)
                .call(
                        KEYSPACE.partitionOf(new TenantId(tenant)),
                        MemoryPressure.NONE,
                        List.of(Push.of(tenant, samples)))
                .await()
                .indefinitely();
    }

    private FoldConnection consumer() {
        FoldConnection consumer = redis.closedAfterwards(
                FoldConnection.open(redis.topology(KEYSPACE).node(), "worker"));
        consumer.createGroups();
        return consumer;
    }

    private static void fold(FoldConnection consumer, int partition, ReadEntry entry) {
        FoldBatch batch = new FoldBatch();
        try {
            batch.add(entry.id(), entry.payload().orElseThrow());
        } catch (MalformedEntryException e) {
            throw new AssertionError(e);
        }
        consumer.fold(partition, batch, any -> SeriesExpiry.NEVER);
    }

    @Test
    void read_isZero_whenNothingWasCounted() {
        StoreTotals totals = totals();

        assertThat(totals).isEqualTo(StoreTotals.ZERO);
    }

    @Test
    void read_addsUpAllPartitions() {
        for (int partition = 0; partition < 3; partition++) {
            int base = (int) Math.pow(10, partition);
            redis.command(
                    "HSET",
                    KEYSPACE.totals(partition),
                    "accepted",
                    Integer.toString(9 * base),
                    "folded",
                    Integer.toString(5 * base),
                    "dead",
                    Integer.toString(3 * base),
                    "pending",
                    Integer.toString(base),
                    "lost",
                    Integer.toString(2 * base),
                    "buried",
                    Integer.toString(4 * base),
                    "saturated",
                    Integer.toString(6 * base));
        }

        StoreTotals totals = totals();

        assertThat(totals).isEqualTo(new StoreTotals(999, 555, 333, 111, 222, 444, 666, 0, Duration.ZERO));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void accepted_isFoldedAndDeadAndPending_whateverHappens(long seed) {
        Random random = new Random(seed);
        FoldConnection consumer = consumer();
        long accepted = 0;
        for (int step = 0; step < 60; step++) {
            Sample[] samples = new Sample[1 + random.nextInt(3)];
            Arrays.fill(samples, ONE);
            admit("tenant-" + random.nextInt(5), samples);
            accepted += samples.length;
            Map<Integer, List<ReadEntry>> read = random.nextBoolean() ? consumer.readNew(1) : Map.of();
            read.forEach((partition, entries) -> {
                switch (random.nextInt(3)) {
                    case 0 ->
                        consumer.deadLetter(
                                partition,
                                entries.getFirst(),
                                new DeadLetterReason(DeadLetterReason.MALFORMED, "cut short"));
                    case 1 -> fold(consumer, partition, entries.getFirst());
                    default -> {} // stays pending
                }
            });

            StoreTotals totals = totals();

            assertThat(totals.accepted()).isEqualTo(accepted);
            assertThat(totals.folded() + totals.dead() + totals.pending()).isEqualTo(accepted);
            assertThat(totals.pending() == 0).isEqualTo(totals.backlogEntries() == 0);
        }
        assertThat(totals().folded()).isPositive();
        assertThat(totals().dead()).isPositive();
        assertThat(totals().pending()).isPositive();
    }

    @Test
    void backlog_countsEntries_whetherReadOrNot() {
        admit("a", ONE, ONE);
        admit("b", ONE);
        FoldConnection consumer = consumer();
        consumer.readNew(10);
        admit("a", ONE);

        StoreTotals totals = totals();

        assertThat(totals.backlogEntries()).isEqualTo(3);
        assertThat(totals.pending()).isEqualTo(4);
    }

    @Test
    void oldestAge_isThatOfTheOldestEntry_ofAnyPartition() {
        long now = redis.nowMillis();
        redis.append(KEYSPACE.stream(0), now - 10_000 + "-0", new byte[] {1});
        redis.append(KEYSPACE.stream(1), now - 90_000 + "-0", new byte[] {1});
        redis.append(KEYSPACE.stream(1), now - 5_000 + "-0", new byte[] {1});

        StoreTotals totals = totals();

        assertThat(totals.oldestAge()).isBetween(Duration.ofSeconds(90), Duration.ofSeconds(100));
    }

    @Test
    void oldestAge_isZero_whenTheClockHasSteppedBack() {
        redis.append(KEYSPACE.stream(0), redis.nowMillis() + 3_600_000 + "-0", new byte[] {1});

        StoreTotals totals = totals();

        assertThat(totals.oldestAge()).isZero();
        assertThat(totals.backlogEntries()).isEqualTo(1);
    }

    @Test
    void oldestAge_isZero_onceAllIsFolded() {
        admit("a", ONE);
        FoldConnection consumer = consumer();
        consumer.readNew(1).forEach((partition, entries) -> fold(consumer, partition, entries.getFirst()));

        StoreTotals totals = totals();

        assertThat(totals).isEqualTo(new StoreTotals(1, 1, 0, 0, 0, 0, 0, 0, Duration.ZERO));
    }

    @Test
    void read_leavesOutWhatAKeyOfAnotherTypeHides() {
        admit("a", ONE);
        int whole = KEYSPACE.partitionOf(new TenantId("a"));
        int broken = (whole + 1) % KEYSPACE.partitions();
        redis.command("SET", KEYSPACE.totals(broken), "unexpected");
        redis.command("SET", KEYSPACE.stream(broken), "unexpected");

        StoreTotals totals = totals();

        assertThat(totals.accepted()).isEqualTo(1);
        assertThat(totals.backlogEntries()).isEqualTo(1);
    }
}
