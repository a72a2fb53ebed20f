package dev.streamgauge.redis.accounting;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.fold.Partition;
import dev.streamgauge.testkit.Samples;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A tenant's bytes are about what Redis needs, for whatever data: 0.7 to 1.3 of its used memory. */
class UsedMemoryTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final int SAMPLES_OF_A_PUSH = 500;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    private long usedMemory() {
        Matcher used = Pattern.compile("used_memory:(\\d+)").matcher(String.valueOf(redis.command("INFO", "memory")));
        assertThat(used.find()).isTrue();
        return Long.parseLong(used.group(1));
    }

    private TenantUsage.Bytes counted() {
        return new UsageReader(redis.topology(KEYSPACE))
                .read(ACME)
                .await()
                .indefinitely() // the connection has a deadline
                .bytes();
    }

    /** Pushes and folds, once with a few samples before memory is measured: scripts and buffers are no tenant's. */
    private void assertCounted(int samples, IntFunction<Sample> sample) {
        FoldConnection consumer = partition.consumer("worker");
        store(consumer, SAMPLES_OF_A_PUSH, i -> Samples.histogram("warm_up", label("l", i, 80), 1));
        redis.command("DEL", KEYSPACE.family(ACME, "warm_up"), KEYSPACE.families(ACME), KEYSPACE.tenantTotals(ACME));
        long before = usedMemory();

        store(consumer, samples, sample);

        TenantUsage.Bytes bytes = counted();
        assertThat((double) bytes.registry() / (usedMemory() - before)).isBetween(0.7, 1.3);
        assertThat(bytes.backlog()).isZero();
    }

    private void store(FoldConnection consumer, int samples, IntFunction<Sample> sample) {
        int size = sample.apply(0).labels().length() > 1_000 ? 10 : SAMPLES_OF_A_PUSH; // so that buffers stay small
        for (int from = 0; from < samples; from += size) {
            partition.admit(
                    "acme",
                    IntStream.range(from, Math.min(samples, from + size))
                            .mapToObj(sample)
                            .toArray(Sample[]::new));
            Partition.fold(consumer, Partition.readNew(consumer));
        }
    }

    private static String label(String name, int i, int length) {
        String text = name + "=\"" + i;
        return text + "x".repeat(length - text.length() - 1) + "\"";
    }

    @Test
    void bytes_areRight_ofFamiliesInListpacks() {
        assertCounted(20_000, i -> Samples.counter("family_" + i / 50 + "_total", label("l", i, 40), 1));
    }

    @Test
    void bytes_areRight_ofFamiliesWithOneSeries() {
        assertCounted(8_000, i -> Samples.counter("family_" + i + "_total", label("l", i, 40), 1));
    }

    @Test
    void bytes_areRight_ofAHashTable() {
        assertCounted(16_000, i -> Samples.counter("orders_total", label("l", i, 40), 1));
    }

    /** With 17,000 fields, Redis has just doubled the table, and moves the fields to the new one bit by bit. */
    @Test
    void bytes_areRight_ofAHashTableThatIsRehashed() {
        assertCounted(17_000, i -> Samples.gauge("depth", label("l", i, 40), 1));
    }

    @Test
    void bytes_areRight_ofLongLabels() {
        assertCounted(500, i -> Samples.counter("orders_total", label("l", i, 10_000), 1));
    }

    @Test
    void bytes_areRight_ofHistograms() {
        assertCounted(10_000, i -> Samples.histogram("seconds_" + i / 600, label("l", i, 70), 1));
    }

    @Test
    void bytes_areRight_ofABacklogThatNoAggregatorReads() {
        Sample[] push = IntStream.range(0, 8)
                .mapToObj(i -> Samples.counter("orders_total", label("abcdefgh".charAt(i) + "l", i, 60), 1))
                .toArray(Sample[]::new);

        assertBacklogCounted(push, () -> {});
    }

    /** What is pending takes about 90 bytes more. */
    @Test
    void bytes_areRight_ofABacklogThatIsRead() {
        FoldConnection consumer = partition.consumer("worker");
        Sample[] push = {Samples.counter("orders_total", label("l", 1, 40), 1)};

        assertBacklogCounted(push, () -> Partition.readNew(consumer));
    }

    private void assertBacklogCounted(Sample[] push, Runnable read) {
        partition.admit("acme", push);
        long before = usedMemory();

        for (int i = 0; i < 990; i++) {
            partition.admit("acme", push);
        }
        read.run();

        assertThat((double) counted().backlog() / (usedMemory() - before)).isBetween(0.7, 1.3);
    }

    @Test
    void bytes_areRight_ofIdempotencyRecords() {
        partition.admitKeyed("acme", 0, 500);
        long before = usedMemory();
        long countedBefore = counted().idempotency();

        for (int i = 1; i <= 20; i++) {
            redis.command("HSET", KEYSPACE.tenantTotals(ACME), "backlog", "0");
            partition.admitKeyed("acme", 500 * i, 500);
        }

        long grown = usedMemory() - before - entriesSince(500);
        assertThat((double) (counted().idempotency() - countedBefore) / grown).isBetween(0.7, 1.3);
    }

    /** About the memory of the stream's entries after the first ones, which are of a byte each. */
    private long entriesSince(int first) {
        List<Long> usage = List.of(
                redis.number("MEMORY", "USAGE", Partition.STREAM, "SAMPLES", "0"),
                redis.number("XLEN", Partition.STREAM));
        return usage.get(0) * (usage.get(1) - first) / usage.get(1);
    }
}
