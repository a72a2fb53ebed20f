package dev.streamgauge.redis.fold;

import static dev.streamgauge.testkit.Samples.gauge;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.redis.RealRedis;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Gauge samples that come after a newer one are counted, whether the newer one is stored or in the same batch. */
class StaleGaugesTest {

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private Partition partition() {
        return new Partition(redis);
    }

    private static Sample at(long timestampMillis) {
        return gauge(0, "queue_depth", "", 1, timestampMillis);
    }

    private static void admit(Partition partition, long... timestamps) {
        for (long timestamp : timestamps) {
            partition.admit("acme", at(timestamp));
        }
    }

    @Test
    void samples_areStale_whenANewerOneIsStored() {
        Partition partition = partition();
        FoldConnection consumer = partition.consumer("worker");
        admit(partition, 300);
        Partition.fold(consumer, Partition.readNew(consumer));

        admit(partition, 100, 200, 299);
        Partition.fold(consumer, Partition.readNew(consumer));

        assertThat(partition.count("acme", "stale")).isEqualTo(3);
    }

    @Test
    void samples_areStale_whenANewerOneCameBeforeThemInTheBatch() {
        Partition partition = partition();
        FoldConnection consumer = partition.consumer("worker");
        admit(partition, 100, 300, 200, 299, 301);

        Partition.fold(consumer, Partition.readNew(consumer));

        assertThat(partition.count("acme", "stale")).isEqualTo(2);
    }

    @Test
    void noSampleIsStale_whenEachIsNewer() {
        Partition partition = partition();
        FoldConnection consumer = partition.consumer("worker");
        admit(partition, 100, 200, Sample.NO_TIMESTAMP);
        List<ReadEntry> read = Partition.readNew(consumer);

        Partition.fold(consumer, read.subList(0, 1));
        Partition.fold(consumer, read.subList(1, 3));

        assertThat(partition.count("acme", "stale")).isZero();
        assertThat(partition.count("acme", "folded")).isEqualTo(3);
    }

    @Test
    void samples_areCountedOfTheirOwnTenant() {
        Partition partition = partition();
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", at(300));
        partition.admit("acme", at(200));
        partition.admit("other", at(300));

        Partition.fold(consumer, Partition.readNew(consumer));

        assertThat(partition.count("acme", "stale")).isEqualTo(1);
        assertThat(partition.count("other", "stale")).isZero();
    }
}
