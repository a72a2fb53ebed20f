package dev.streamgauge.redis.removal;

import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.selector.MalformedSelectorException;
import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.selector.SeriesSelector;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.fold.Partition;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a removal leaves of a tenant's estimated bytes. */
class RemovedBytesTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final String TOTALS = KEYSPACE.tenantTotals(ACME);
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    private void pushAndFoldTenSeries() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit(
                "acme",
                IntStream.range(0, 10)
                        .mapToObj(i -> counter("orders_total", "n=\"" + i + "\"", 1))
                        .toArray(Sample[]::new));
        Partition.fold(consumer, Partition.readNew(consumer));
    }

    private void delete(String selector) throws MalformedSelectorException {
        SeriesSelection selection = new SeriesSelection(List.of(SeriesSelector.parse(selector)));
        new SeriesDeletion(redis.topology(KEYSPACE), DEADLINE).delete(ACME, selection);
    }

    /** What is removed is not read, so the bytes are an estimate until the next sweep. */
    @Test
    void deletion_estimatesTheBytesThatAreLeft_andAsksForASweep() throws Exception {
        pushAndFoldTenSeries();
        redis.command("HSET", TOTALS, "registry_bytes", "1000", "recounted", "1700000000");
        redis.command("ZADD", KEYSPACE.sweeps(0), "99999999999", "acme");

        delete("orders_total{n=~\"[0-3]\"}");

        assertThat(partition.count("acme", "registry_bytes")).isEqualTo(600);
        assertThat(redis.number("HEXISTS", TOTALS, "recounted")).isZero();
        assertThat(Long.parseLong(String.valueOf(redis.command("ZSCORE", KEYSPACE.sweeps(0), "acme"))))
                .isLessThanOrEqualTo(redis.nowMillis() / 1_000);
    }

    @Test
    void deletion_leavesNoBytes_whenItRemovesAll() throws Exception {
        pushAndFoldTenSeries();
        assertThat(partition.count("acme", "registry_bytes")).isPositive();

        delete("orders_total");

        assertThat(partition.count("acme", "registry_bytes")).isZero();
        assertThat(partition.count("acme", "backlog_bytes")).isZero();
    }

    @Test
    void reset_leavesNoBytes() {
        pushAndFoldTenSeries();

        new RegistryReset(redis.topology(KEYSPACE), DEADLINE).reset(ACME, RegistryReset.Extent.KEEP);

        assertThat(partition.count("acme", "registry_bytes")).isZero();
        assertThat(partition.count("acme", "backlog_bytes")).isZero();
    }
}
