package dev.streamgauge.redis.reclaim;

import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.fold.Partition;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Taking over what another consumer has read and left. */
class ClaimEntriesTest {

    private static final Sample ONE = counter("orders_total", "", 1);
    private static final Duration IDLE = Duration.ofSeconds(30);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    /** Entries that a consumer has read and held for a minute. */
    private List<ReadEntry> heldByDead(int count) {
        for (int i = 1; i <= count; i++) {
            partition.append(new EntryId(i, 0), "acme", ONE);
        }
        return makeDeadHold();
    }

    private List<ReadEntry> makeDeadHold() {
        List<ReadEntry> read = Partition.readNew(partition.consumer("dead"));
        partition.giveTo("dead", read.toArray(new ReadEntry[0]));
        return read;
    }

    @Test
    void claim_takesOver_whenLeftForLongEnough() {
        List<ReadEntry> held = heldByDead(3);
        FoldConnection consumer = partition.consumer("worker");

        Claims claims = consumer.claim(0, IDLE);

        assertThat(claims).isEqualTo(new Claims(3, 0, 0));
        List<ReadEntry> own = Partition.readOwn(consumer);
        assertThat(own)
                .extracting(ReadEntry::id)
                .isEqualTo(held.stream().map(ReadEntry::id).toList());
        assertThat(Partition.fold(consumer, own)).isEqualTo(new FoldAnswer.Folded(0));
    }

    @Test
    void claim_takesNothing_whenCalledAgain() {
        heldByDead(3);
        FoldConnection consumer = partition.consumer("worker");
        consumer.claim(0, IDLE);
        String once = redis.dump();

        Claims again = consumer.claim(0, IDLE);

        assertThat(again).isEqualTo(new Claims(0, 0, 0));
        assertThat(redis.dump()).isEqualTo(once);
    }

    @Test
    void claim_takesNothing_whenHeldForAShorterTime() {
        heldByDead(3);
        FoldConnection consumer = partition.consumer("worker");
        String before = redis.dump();

        Claims claims = consumer.claim(0, Duration.ofMinutes(2));

        assertThat(claims).isEqualTo(new Claims(0, 0, 0));
        assertThat(redis.dump()).isEqualTo(before);
    }

    /** Redis measures how long an entry was left by its clock. */
    @Test
    void claim_waitsForTheClock_whenItWasSetBackSinceTheRead() {
        ReadEntry held = heldByDead(1).getFirst();
        FoldConnection consumer = partition.consumer("worker");
        DeliveryTime.set(redis, Partition.STREAM, held.id(), redis.nowMillis() + 3_600_000);
        Claims tooEarly = consumer.claim(0, IDLE);
        DeliveryTime.set(redis, Partition.STREAM, held.id(), redis.nowMillis() - IDLE.toMillis());

        Claims claims = consumer.claim(0, IDLE);

        assertThat(tooEarly).isEqualTo(new Claims(0, 0, 0));
        assertThat(claims).isEqualTo(new Claims(1, 0, 0));
    }

    @Test
    void claim_leavesOurOwn_whenLeftForLong() {
        heldByDead(2);
        FoldConnection same = partition.consumer("dead");
        String before = redis.dump();

        Claims claims = same.claim(0, IDLE);

        assertThat(claims).isEqualTo(new Claims(0, 0, 0));
        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {99, 100, 101, 250})
    void claim_takesOverAll_whenTheyNeedSeveralCalls(int count) {
        heldByDead(count);
        FoldConnection consumer = partition.consumer("worker");

        Claims claims = consumer.claim(0, IDLE);

        assertThat(claims).isEqualTo(new Claims(count, 0, 0));
        assertThat(Partition.readOwn(consumer)).hasSize(count);
    }

    @Test
    void claim_leavesAnEntryWhereItIs_whenItsVersionIsNewer() {
        partition.consumer("dead");
        redis.append(Partition.STREAM, "1-0", new byte[] {EntryWriter.VERSION});
        redis.append(Partition.STREAM, "2-0", new byte[] {EntryWriter.VERSION + 1, 7});
        redis.append(Partition.STREAM, "3-0", new byte[] {(byte) 255});
        redis.append(Partition.STREAM, "4-0", new byte[0]); // not written by us: it has to become a dead letter
        redis.append(Partition.STREAM, "5-0", new byte[] {0});
        redis.command("XADD", Partition.STREAM, "6-0", "x", "\177");
        redis.command("XADD", Partition.STREAM, "7-0", "x", "\1", "p", "\177");
        makeDeadHold();
        FoldConnection consumer = partition.consumer("worker");

        Claims claims = consumer.claim(0, IDLE);

        assertThat(claims).isEqualTo(new Claims(4, 3, 0));
        assertThat(redis.dump()).contains("""
                          held 1-0 by worker, 1 times
                          held 2-0 by dead, 1 times
                          held 3-0 by dead, 1 times
                          held 4-0 by worker, 1 times
                          held 5-0 by worker, 1 times
                          held 6-0 by worker, 1 times
                          held 7-0 by dead, 1 times
                        """);
    }

    @Test
    void claim_goesOn_whenAWholePageIsUnreadable() {
        partition.consumer("dead");
        for (int i = 1; i <= 100; i++) {
            redis.append(Partition.STREAM, i + "-0", new byte[] {EntryWriter.VERSION + 1});
        }
        partition.append(new EntryId(200, 0), "acme", ONE);
        makeDeadHold();
        FoldConnection consumer = partition.consumer("worker");

        Claims claims = consumer.claim(0, IDLE);

        assertThat(claims).isEqualTo(new Claims(1, 100, 0));
    }

    @Test
    void claim_countsLosses_whenEntriesWereDeletedFromOutside() {
        List<ReadEntry> held = heldByDead(4);
        redis.command(
                "XDEL",
                Partition.STREAM,
                held.get(0).id().toString(),
                held.get(2).id().toString());
        redis.command("HSET", Partition.TOTALS, "lost", "5");
        FoldConnection consumer = partition.consumer("worker");

        Claims claims = consumer.claim(0, IDLE);

        assertThat(claims).isEqualTo(new Claims(2, 0, 2));
        assertThat(partition.count("lost")).isEqualTo(7);
        assertThat(partition.pending()).isEqualTo(2);
    }

    @Test
    void claim_works_whenRedisIsFullAndHasForgottenTheScript() {
        List<ReadEntry> held = heldByDead(2);
        redis.command("XDEL", Partition.STREAM, held.getFirst().id().toString());
        FoldConnection consumer = partition.consumer("worker");
        redis.command("SCRIPT", "FLUSH");
        redis.fill();

        Claims claims = consumer.claim(0, IDLE);

        assertThat(claims).isEqualTo(new Claims(1, 0, 1));
    }

    @Test
    void claim_changesNothing_whenTheCounterOfLossesIsNoNumber() {
        List<ReadEntry> held = heldByDead(2);
        redis.command("XDEL", Partition.STREAM, held.getFirst().id().toString());
        redis.command("HSET", Partition.TOTALS, "lost", "unexpected");
        FoldConnection consumer = partition.consumer("worker");
        String before = redis.dump();

        assertThatThrownBy(() -> consumer.claim(0, IDLE))
                .isInstanceOf(RedisFailure.class)
                .hasMessage("field lost is no number");

        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sg:{0}:stream", "sg:{0}:totals"})
    void claim_changesNothing_whenAKeyIsOfAnotherType(String key) {
        heldByDead(2);
        FoldConnection consumer = partition.consumer("worker");
        redis.command("DEL", key);
        redis.command("RPUSH", key, "unexpected");
        String before = redis.dump();

        assertThatThrownBy(() -> consumer.claim(0, IDLE)).isInstanceOfSatisfying(RedisFailure.class, failure -> {
            assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.ERROR);
            assertThat(failure).hasMessageStartingWith("WRONGTYPE");
        });

        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void claim_fails_whenTheGroupIsGone() {
        FoldConnection consumer = partition.consumer("worker");
        redis.command("DEL", Partition.STREAM);

        assertThatThrownBy(() -> consumer.claim(0, IDLE))
                .isInstanceOf(RedisFailure.class)
                .hasMessageStartingWith("NOGROUP");
    }
}
