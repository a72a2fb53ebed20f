package dev.streamgauge.redis.fold;

import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Await;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.reclaim.Claims;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Groups and reading. */
class FoldConnectionTest {

    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private static final Keyspace THREE = new Keyspace(3);
    private static final Sample ONE = counter("orders_total", "", 1);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    private FoldConnection consumer(Keyspace keyspace, RedisConnections connections) {
        return redis.closedAfterwards(FoldConnection.open(new SingleServer(connections, keyspace).node(), "worker"));
    }

    @Test
    void createGroups_makesOneInEachPartition_fromTheBeginning() {
        consumer(THREE, redis.connections()).createGroups();

        String dump = redis.dump();

        assertThat(dump).isEqualTo("""
                        sg:{0}:stream stream last=0-0
                          group aggregators last=0-0
                        sg:{1}:stream stream last=0-0
                          group aggregators last=0-0
                        sg:{2}:stream stream last=0-0
                          group aggregators last=0-0
                        """);
    }

    @Test
    void createGroups_changesNothing_whenTheyExist() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", ONE);
        Partition.readNew(consumer);
        String before = redis.dump();

        consumer.createGroups();

        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void createGroups_changesNothing_whenTheyExistAndRedisIsFull() {
        FoldConnection consumer = partition.consumer("worker");
        redis.fill();
        String before = redis.dump();

        consumer.createGroups();

        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void createGroups_makesThem_whenRedisIsFullAndHasForgottenTheScript() {
        FoldConnection consumer = consumer(THREE, redis.connections());
        redis.append(THREE.stream(0), "5-0", new byte[] {1});
        redis.command("SCRIPT", "FLUSH");
        redis.fill();

        consumer.createGroups();

        assertThat(consumer.readNew(10).get(0)).extracting(ReadEntry::id).containsExactly(new EntryId(5, 0));
        assertThat(redis.dump()).contains("sg:{1}:stream stream last=0-0\n  group aggregators last=0-0\n");
    }

    @Test
    void createGroups_fails_whenTheStreamIsOfAnotherType() {
        FoldConnection consumer = consumer(THREE, redis.connections());
        redis.command("SET", THREE.stream(1), "unexpected");

        assertThatThrownBy(consumer::createGroups)
                .isInstanceOf(RedisFailure.class)
                .hasMessageStartingWith("WRONGTYPE");
    }

    @Test
    void readNew_groupsEntriesByPartition_inTheStreamsOrder() {
        FoldConnection consumer = consumer(THREE, redis.connections());
        consumer.createGroups();
        redis.append(THREE.stream(2), "5-0", new byte[] {1, 0, -1});
        redis.append(THREE.stream(0), "9-1", new byte[] {2});
        redis.append(THREE.stream(2), "5-1", new byte[0]);

        Map<Integer, List<ReadEntry>> read = consumer.readNew(10);

        assertThat(read.keySet()).containsExactly(0, 2);
        assertThat(read.get(0)).extracting(ReadEntry::id).containsExactly(new EntryId(9, 1));
        assertThat(read.get(2)).extracting(ReadEntry::id).containsExactly(new EntryId(5, 0), new EntryId(5, 1));
        assertThat(read.get(2))
                .extracting(entry -> entry.payload().orElseThrow())
                .containsExactly(new byte[] {1, 0, -1}, new byte[0]);
    }

    @Test
    void readNew_givesEachEntryToOneConsumer_andNoMoreThanAsked() {
        FoldConnection first = partition.consumer("first");
        FoldConnection second = partition.consumer("second");
        for (int i = 1; i <= 5; i++) {
            partition.append(new EntryId(i, 0), "acme", ONE);
        }

        List<ReadEntry> firstRead = first.readNew(2).get(0);
        List<ReadEntry> secondRead = second.readNew(10).get(0);

        assertThat(firstRead).extracting(entry -> entry.id().millis()).containsExactly(1L, 2L);
        assertThat(secondRead).extracting(entry -> entry.id().millis()).containsExactly(3L, 4L, 5L);
    }

    @Test
    void readNew_isEmpty_whenNothingCameBeforeTheDeadline() {
        FoldConnection consumer = consumer(Partition.KEYSPACE, redis.connectionsTo(redis.url(), Duration.ofSeconds(1)));
        consumer.createGroups();

        Map<Integer, List<ReadEntry>> read = consumer.readNew(10);

        assertThat(read).isEmpty();
    }

    @Test
    void readNew_waitsForTheFirstEntry_whenThereIsNone() throws Exception {
        FoldConnection consumer = partition.consumer("worker");

        CompletableFuture<Map<Integer, List<ReadEntry>>> read =
                CompletableFuture.supplyAsync(() -> consumer.readNew(10));
        Await.until(
                DEADLINE, () -> String.valueOf(redis.command("INFO", "clients")).contains("blocked_clients:1"));
        partition.append(new EntryId(1, 0), "acme", ONE);

        assertThat(read.get(DEADLINE.toSeconds(), TimeUnit.SECONDS).get(0)).hasSize(1);
    }

    @Test
    void readNew_fails_whenTheGroupIsGone() {
        FoldConnection consumer = partition.consumer("worker");
        redis.command("DEL", Partition.STREAM);

        assertThatThrownBy(() -> consumer.readNew(10)).isInstanceOfSatisfying(RedisFailure.class, failure -> {
            assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.ERROR);
            assertThat(failure).hasMessageStartingWith("NOGROUP");
        });
    }

    @Test
    void readNew_works_whenRedisIsFullAndTheConsumerIsNew() {
        partition.consumer("worker");
        partition.admit("acme", ONE);
        redis.fill();
        FoldConnection restarted = partition.consumer("restarted");

        List<ReadEntry> read = Partition.readNew(restarted);

        assertThat(read).hasSize(1);
    }

    @Test
    void readOwn_pagesThroughWhatIsHeld() {
        FoldConnection consumer = partition.consumer("worker");
        for (int i = 1; i <= 5; i++) {
            partition.append(new EntryId(i, 0), "acme", ONE);
        }
        Partition.readNew(consumer);

        List<ReadEntry> page = consumer.readOwn(0, new EntryId(2, 0), 2);
        List<ReadEntry> rest = consumer.readOwn(0, page.getLast().id(), 10);

        assertThat(page).extracting(entry -> entry.id().millis()).containsExactly(3L, 4L);
        assertThat(rest).extracting(entry -> entry.id().millis()).containsExactly(5L);
    }

    @Test
    void readOwn_isEmpty_whenOthersHoldAll() {
        partition.admit("acme", ONE);
        Partition.readNew(partition.consumer("other"));

        List<ReadEntry> own = Partition.readOwn(partition.consumer("worker"));

        assertThat(own).isEmpty();
    }

    @Test
    void readOwn_letsEntriesAge() {
        FoldConnection consumer = partition.consumer("worker");
        partition.append(new EntryId(1, 0), "acme", ONE);
        partition.giveTo("worker", Partition.readNew(consumer).getFirst());
        String before = redis.dump();

        Partition.readOwn(consumer);

        assertThat(redis.dump()).isEqualTo(before);
        assertThat(partition.consumer("other").claim(0, Duration.ofSeconds(30))).isEqualTo(new Claims(1, 0, 0));
    }

    @Test
    void readOwn_works_whenRedisIsFullAndHasForgottenTheScript() {
        FoldConnection consumer = partition.consumer("worker");
        partition.append(new EntryId(1, 0), "acme", ONE);
        Partition.readNew(consumer);
        redis.command("SCRIPT", "FLUSH");
        redis.fill();

        List<ReadEntry> own = Partition.readOwn(consumer);

        assertThat(own).extracting(ReadEntry::id).containsExactly(new EntryId(1, 0));
    }

    @Test
    void readOwn_fails_whenTheGroupIsGone() {
        FoldConnection consumer = partition.consumer("worker");
        redis.command("DEL", Partition.STREAM);

        assertThatThrownBy(() -> Partition.readOwn(consumer))
                .isInstanceOf(RedisFailure.class)
                .hasMessageStartingWith("NOGROUP");
    }

    @Test
    void readOwn_hasNoPayload_whenTheEntryWasDeletedFromOutside() {
        FoldConnection consumer = partition.consumer("worker");
        partition.append(new EntryId(1, 0), "acme", ONE);
        Partition.readNew(consumer);
        redis.command("XDEL", Partition.STREAM, "1-0");

        List<ReadEntry> own = Partition.readOwn(consumer);

        assertThat(own).containsExactly(new ReadEntry(new EntryId(1, 0), Optional.empty()));
    }

    @Test
    void everything_fails_onceClosed() {
        FoldConnection consumer = partition.consumer("worker");

        consumer.close();

        assertThatThrownBy(() -> consumer.readNew(1))
                .isInstanceOfSatisfying(
                        RedisFailure.class,
                        failure -> assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.UNREACHABLE));
        assertThat(Objects.requireNonNull(redis.command("PING"))).isEqualTo("PONG");
    }
}
