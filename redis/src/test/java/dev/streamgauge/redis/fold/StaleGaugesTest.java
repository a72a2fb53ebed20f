package dev.streamgauge.redis.fold;

import static dev.streamgauge.testkit.Samples.gauge;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.consumer.ReadEntry;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Gauge samples that come after a newer one are counted, whether the newer one is stored or in the same batch. */
class StaleGaugesTest {

    private static final long HOUR = Duration.ofHours(1).toMillis();

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

    /** The id of an entry never goes back, and it is the time of a sample without one. */
    @Test
    void samplesWithoutTimestamp_areNeverStale_whenTheClockWasSetBack() {
        Partition partition = partition();
        FoldConnection consumer = partition.consumer("worker");
        Sample before = gauge("queue_depth", "", 7);
        Sample after = gauge("queue_depth", "", 3);
        partition.append(new EntryId(redis.nowMillis() + HOUR, 0), "acme", before);
        Partition.fold(consumer, Partition.readNew(consumer));

        partition.foldAfterAdmitting(consumer, after);

        assertThat(partition.count("acme", "stale")).isZero();
        assertThat(shown(partition)).isEqualTo(3);
    }

    @Test
    void samplesWithTimestamps_areStaleUntilTheTimeIsReached_whenAStepForwardWasTakenBack() {
        Partition partition = partition();
        FoldConnection consumer = partition.consumer("worker");
        long now = redis.nowMillis();
        partition.foldAfterAdmitting(consumer, gauge(0, "queue_depth", "", 7, now + HOUR));

        partition.foldAfterAdmitting(consumer, gauge(0, "queue_depth", "", 3, now));
        double meanwhile = shown(partition);
        partition.foldAfterAdmitting(consumer, gauge(0, "queue_depth", "", 4, now + HOUR + 1));

        assertThat(meanwhile).isEqualTo(7);
        assertThat(shown(partition)).isEqualTo(4);
        assertThat(partition.count("acme", "stale")).isEqualTo(1);
    }

    private static double shown(Partition partition) {
        byte[] stored = partition.storedBytes("acme", at(0));
        return ByteBuffer.wrap(stored).getDouble(StoredSeries.HEADER_LENGTH);
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
