package dev.streamgauge.redis.fold;

import static dev.streamgauge.redis.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.fold.FoldConnection.Burial;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Dead letters: an entry moves there once, with its counters, or nothing changes. */
class BuryEntryTest {

    private static final Sample ONE = counter("orders_total", "", 1);
    private static final int KEPT = 1_000;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    private ReadEntry read(FoldConnection consumer) {
        partition.admit("acme", ONE, ONE, ONE);
        return Partition.readNew(consumer).getFirst();
    }

    @Test
    void bury_movesEntryAndCounters_whenPending() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", ONE);
        ReadEntry other = Partition.readNew(consumer).getFirst();
        ReadEntry entry = read(consumer);

        Burial burial = consumer.bury(0, entry, "malformed");

        assertThat(burial).isEqualTo(Burial.BURIED);
        assertThat(List.of(partition.count("accepted"), partition.count("dead"), partition.count("pending")))
                .containsExactly(4L, 3L, 1L);
        assertThat(partition.count("buried")).isEqualTo(1);
        assertThat(List.of(
                        partition.count("acme", "dead"),
                        partition.count("acme", "pending"),
                        partition.count("acme", "backlog")))
                .containsExactly(3L, 1L, 1L);
        assertThat(Partition.readOwn(consumer)).extracting(ReadEntry::id).containsExactly(other.id());
        assertThat(partition.entries()).isEqualTo(1);
    }

    @Test
    void bury_keepsIdReasonAndPayload_whenPending() {
        FoldConnection consumer = partition.consumer("worker");
        consumer.createGroups();
        redis.append(Partition.STREAM, "5-0", new byte[] {1, 0, -1});
        ReadEntry entry = Partition.readNew(consumer).getFirst();

        consumer.bury(0, entry, "malformed");

        assertThat(redis.dump().replaceAll("\\d{13}-\\d+", "(id)")).isEqualTo("""
                        sg:{0}:dead stream last=(id)
                          (id) id=5-0 reason=malformed p=\\x01\\x00\\xff
                        sg:{0}:stream stream last=5-0
                          group aggregators last=5-0
                        sg:{0}:totals hash
                          buried=1
                          dead=0
                          pending=0
                        """);
    }

    @Test
    void bury_isStaleAndChangesNothing_whenSentAgain() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        consumer.bury(0, entry, "malformed");
        String once = redis.dump();

        Burial again = consumer.bury(0, entry, "malformed");

        assertThat(again).isEqualTo(Burial.STALE);
        assertThat(redis.dump()).isEqualTo(once);
    }

    @Test
    void bury_isStaleAndChangesNothing_whenAnotherHoldsTheEntry() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        partition.giveTo("other", entry);
        String before = redis.dump();

        Burial burial = consumer.bury(0, entry, "malformed");

        assertThat(burial).isEqualTo(Burial.STALE);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void bury_isStaleAndChangesNothing_whenTheEntryWasFolded() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        Partition.fold(consumer, entry);
        String before = redis.dump();

        Burial burial = consumer.bury(0, entry, "malformed");

        assertThat(burial).isEqualTo(Burial.STALE);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void bury_countsALoss_whenTheEntryWasDeletedFromOutside() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("XDEL", Partition.STREAM, entry.id().toString());

        Burial burial = consumer.bury(0, new ReadEntry(entry.id(), Optional.empty()), "deleted");

        assertThat(burial).isEqualTo(Burial.LOST);
        assertThat(partition.count("lost")).isEqualTo(1);
        assertThat(partition.count("buried")).isZero();
        assertThat(partition.pending()).isZero();
        assertThat(redis.number("EXISTS", Partition.DEAD)).isZero();
    }

    @Test
    void bury_changesNothing_whenTheGroupIsGone() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("DEL", Partition.STREAM);
        String before = redis.dump();

        Burial burial = consumer.bury(0, entry, "malformed");

        assertThat(burial).isEqualTo(Burial.BROKEN);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sg:{0}:stream", "sg:{0}:totals", "sg:{0}:dead", "sg:{0}:t:acme:totals"})
    void bury_changesNothing_whenAKeyIsOfAnotherType(String key) {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("DEL", key);
        redis.command("RPUSH", key, "foreign");
        String before = redis.dump();

        Burial burial = consumer.bury(0, entry, "malformed");

        assertThat(burial).isEqualTo(Burial.BROKEN);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        "sg:{0}:totals, dead",
        "sg:{0}:totals, pending",
        "sg:{0}:totals, buried",
        "sg:{0}:t:acme:totals, dead",
        "sg:{0}:t:acme:totals, pending",
        "sg:{0}:t:acme:totals, backlog"
    })
    void bury_changesNothing_whenACounterIsNoNumber(String key, String field) {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("HSET", key, field, "foreign");
        String before = redis.dump();

        Burial burial = consumer.bury(0, entry, "malformed");

        assertThat(burial).isEqualTo(Burial.BROKEN);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void bury_changesNothing_whenTheCounterOfLossesIsNoNumber() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("XDEL", Partition.STREAM, entry.id().toString());
        redis.command("HSET", Partition.TOTALS, "lost", "foreign");
        String before = redis.dump();

        Burial burial = consumer.bury(0, entry, "malformed");

        assertThat(burial).isEqualTo(Burial.BROKEN);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void bury_works_whenRedisIsFullAndHasForgottenTheScript() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("SCRIPT", "FLUSH");
        redis.fill();

        Burial burial = consumer.bury(0, entry, "malformed");

        assertThat(burial).isEqualTo(Burial.BURIED);
        assertThat(redis.number("XLEN", Partition.DEAD)).isEqualTo(1);
        assertThat(partition.entries()).isZero();
    }

    @Test
    void deadLetters_areBounded() {
        FoldConnection consumer = partition.consumer("worker");
        redis.command("EVAL", "for i = 1, 2000 do redis.call('XADD', KEYS[1], '*', 'id', i) end", "1", Partition.DEAD);
        ReadEntry entry = read(consumer);

        consumer.bury(0, entry, "malformed");

        // Redis trims whole nodes, of 100 entries.
        assertThat(redis.number("XLEN", Partition.DEAD)).isBetween((long) KEPT, KEPT + 100L);
    }

    @Test
    void bury_buriesOnlyThatEntry_whenSeveralArePending() {
        FoldConnection consumer = partition.consumer("worker");
        for (int i = 1; i <= 3; i++) {
            partition.append(new EntryId(i, 0), "acme", ONE);
        }
        List<ReadEntry> read = Partition.readNew(consumer);

        consumer.bury(0, read.get(1), "malformed");

        FoldAnswer answer = Partition.fold(consumer, read.get(0), read.get(2));
        assertThat(answer).isEqualTo(new FoldAnswer.Folded(0));
        assertThat(partition.entries()).isZero();
    }
}
