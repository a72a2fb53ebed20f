package dev.streamgauge.redis.reclaim;

import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.fold.Partition;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Keeping what cannot be folded yet from being taken over. */
class KeepEntriesTest {

    private static final Sample ONE = counter("orders_total", "", 1);
    private static final Duration IDLE = Duration.ofSeconds(30);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    /** Entries that the consumer has read and held for a minute. */
    private List<ReadEntry> heldBy(FoldConnection consumer, String name, int count) {
        for (int i = 1; i <= count; i++) {
            partition.append(new EntryId(i, 0), "acme", ONE);
        }
        List<ReadEntry> read = Partition.readNew(consumer);
        partition.giveTo(name, read.toArray(new ReadEntry[0]));
        return read;
    }

    private static List<EntryId> ids(Collection<ReadEntry> entries) {
        return entries.stream().map(ReadEntry::id).toList();
    }

    @Test
    void keep_keepsOthersFromTakingOver_andChangesNothingElse() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> held = heldBy(consumer, "worker", 3);
        String before = redis.dump();

        int kept = consumer.keep(0, ids(held.subList(0, 2)));

        assertThat(kept).isEqualTo(2);
        assertThat(redis.dump()).isEqualTo(before);
        assertThat(partition.consumer("other").claim(0, IDLE)).isEqualTo(new Claims(1, 0, 0));
        assertThat(ids(Partition.readOwn(consumer))).isEqualTo(ids(held.subList(0, 2)));
    }

    @Test
    void keep_takesNothingBack_whenAnotherHoldsIt() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> held = heldBy(consumer, "other", 2);
        String before = redis.dump();

        int kept = consumer.keep(0, ids(held));

        assertThat(kept).isZero();
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void keep_leavesLossesToBeCounted_whenAnEntryWasDeletedFromOutside() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> held = heldBy(consumer, "worker", 2);
        redis.command("XDEL", Partition.STREAM, "1-0");

        int kept = consumer.keep(0, ids(held));

        assertThat(kept).isEqualTo(1);
        assertThat(partition.consumer("other").claim(0, IDLE)).isEqualTo(new Claims(0, 0, 1));
    }

    @Test
    void keep_keepsAll_whenTheyNeedSeveralCallsAndRedisIsFull() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> held = heldBy(consumer, "worker", 1_001);
        redis.command("SCRIPT", "FLUSH");
        redis.fill();

        int kept = consumer.keep(0, ids(held));

        assertThat(kept).isEqualTo(1_001);
    }

    @Test
    void keep_fails_whenTheGroupIsGone() {
        FoldConnection consumer = partition.consumer("worker");
        redis.command("DEL", Partition.STREAM);

        assertThatThrownBy(() -> consumer.keep(0, List.of(new EntryId(1, 0))))
                .isInstanceOf(RedisFailure.class)
                .hasMessageStartingWith("NOGROUP");
    }
}
