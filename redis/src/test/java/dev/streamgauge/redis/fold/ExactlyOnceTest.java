package dev.streamgauge.redis.fold;

import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.accounting.StoreTotals;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.admission.AdmissionTerms;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.redis.admission.Push;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * An entry is either pending or counted, even if another consumer took it over meanwhile: a batch is folded only if
 * every one of its entries is still pending for the consumer that sends it.
 */
class ExactlyOnceTest {

    private static final Sample ONE = counter("orders_total", "", 1);
    private static final FoldAnswer FOLDED = new FoldAnswer.Folded(0);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    /** Appends entries, each of one sample worth 1, and reads them. */
    private List<ReadEntry> readNew(FoldConnection consumer, int count) {
        for (int i = 0; i < count; i++) {
            partition.admit("acme", ONE);
        }
        return Partition.readNew(consumer);
    }

    private double counted() {
        return ((Counter.Delta) partition.stored("acme", ONE).total()).value();
    }

    private void expectStale(FoldConnection consumer, List<ReadEntry> batch, ReadEntry stale) {
        String before = redis.dump();

        FoldAnswer answer = Partition.fold(consumer, batch);

        assertThat(answer).isEqualTo(new FoldAnswer.Stale(stale.id()));
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void fold_isStale_whenEveryEntryWasTakenOver() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 3);
        partition.giveTo("other", read.toArray(new ReadEntry[0]));

        expectStale(consumer, read, read.getFirst());
    }

    @Test
    void fold_isStale_whenOnlyAMiddleEntryWasTakenOver() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 3);
        partition.giveTo("other", read.get(1));

        expectStale(consumer, read, read.get(1));
    }

    @Test
    void fold_isStale_whenOnlyTheLastEntryWasTakenOver() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 3);
        partition.giveTo("other", read.getLast());

        expectStale(consumer, read, read.getLast());
    }

    @Test
    void fold_isStale_whenPartOfTheBatchWasFoldedBefore() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 3);
        Partition.fold(consumer, read.get(1));

        expectStale(consumer, read, read.get(1));
        assertThat(counted()).isEqualTo(1);
    }

    @Test
    void fold_isStale_whenAsManyEntriesAreOursAsInTheBatch_butOthers() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 4);
        List<ReadEntry> batch = List.of(read.get(0), read.get(2), read.get(3));
        partition.giveTo("other", read.get(0)); // ours in that range are now as many, but 1, 2, 3

        expectStale(consumer, batch, read.get(0));
    }

    @Test
    void fold_isStale_whenAMiddleEntryIsGoneAndAnotherOfOursLiesBetween() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 4);
        List<ReadEntry> batch = List.of(read.get(0), read.get(2), read.get(3));
        partition.giveTo("other", read.get(2));

        expectStale(consumer, batch, read.get(2));
    }

    @Test
    void fold_foldsTheBatchAlone_whenOtherEntriesOfOursLieBetween() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 10);
        List<ReadEntry> batch = List.of(read.get(0), read.get(5), read.get(9));

        FoldAnswer answer = Partition.fold(consumer, batch);

        List<ReadEntry> left = new ArrayList<>(read);
        left.removeAll(batch);
        assertThat(answer).isEqualTo(FOLDED);
        assertThat(counted()).isEqualTo(3);
        assertThat(Partition.readOwn(consumer))
                .extracting(ReadEntry::id)
                .isEqualTo(left.stream().map(ReadEntry::id).toList());
    }

    @Test
    void fold_countsEachEntryOnce_whenTwoConsumersHoldTheSameBatch() {
        FoldConnection consumer = partition.consumer("worker");
        FoldConnection other = partition.consumer("other");
        List<ReadEntry> read = readNew(consumer, 3);
        partition.giveTo("other", read.toArray(new ReadEntry[0]));
        List<ReadEntry> takenOver = Partition.readOwn(other);

        List<FoldAnswer> answers = List.of(
                Partition.fold(consumer, read),
                Partition.fold(other, takenOver),
                Partition.fold(other, takenOver),
                Partition.fold(consumer, read));

        FoldAnswer stale = new FoldAnswer.Stale(read.getFirst().id());
        assertThat(answers).isEqualTo(List.of(stale, FOLDED, stale, stale));
        assertThat(counted()).isEqualTo(3);
        assertThat(partition.count("acme", "pending")).isZero();
    }

    @Test
    void fold_counts_whenEntriesWereTakenAwayAndGivenBack() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 3);
        partition.giveTo("other", read.get(1));
        partition.giveTo("worker", read.get(1));

        FoldAnswer answer = Partition.fold(consumer, read);

        assertThat(answer).isEqualTo(FOLDED);
        assertThat(counted()).isEqualTo(3);
    }

    @Test
    void fold_isStale_whenTheEntryWasNeverRead() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 1);
        ReadEntry unread = new ReadEntry(
                new EntryId(read.getFirst().id().millis() + 1, 0),
                read.getFirst().payload());

        expectStale(consumer, List.of(read.getFirst(), unread), unread);
    }

    @Test
    void fold_counts_whenAnEntryWasDeletedFromOutsideAfterReading() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 2);
        redis.command("XDEL", Partition.STREAM, read.getFirst().id().toString());

        FoldAnswer answer = Partition.fold(consumer, read);

        assertThat(answer).isEqualTo(FOLDED);
        assertThat(counted()).isEqualTo(2);
        assertThat(partition.pending()).isZero();
    }

    @Test
    void readOwn_showsAnEntryWithoutPayload_whenItWasDeletedFromOutside() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 2);
        redis.command("XDEL", Partition.STREAM, read.getFirst().id().toString());

        List<ReadEntry> own = Partition.readOwn(consumer);

        assertThat(own)
                .extracting(ReadEntry::id)
                .isEqualTo(read.stream().map(ReadEntry::id).toList());
        assertThat(own.getFirst().payload()).isEmpty();
        assertThat(own.getLast().payload()).isPresent();
    }

    @Test
    void readNew_deliversWhatCameBeforeTheGroup() {
        partition.admit("acme", ONE);
        partition.admit("acme", ONE);
        FoldConnection consumer = partition.consumer("worker");

        List<ReadEntry> read = Partition.readNew(consumer);

        assertThat(read).hasSize(2);
    }

    @Test
    void readNew_deliversAgain_whenTheGroupWasLostAndRecreated() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readNew(consumer, 3);
        Partition.fold(consumer, read.get(0));
        redis.command("XGROUP", "DESTROY", Partition.STREAM, Keyspace.GROUP);
        consumer.createGroups();

        FoldAnswer answer = Partition.fold(consumer, Partition.readNew(consumer));

        assertThat(answer).isEqualTo(FOLDED);
        assertThat(counted()).isEqualTo(3);
    }

    @Test
    void everyEntry_isCountedOnce_whenConsumersTakeFromEachOther() throws Exception {
        readNew(partition.consumer("reader"), 300);
        List<FoldConnection> consumers = List.of(
                partition.consumer("a"), partition.consumer("b"), partition.consumer("c"), partition.consumer("d"));
        int stale = 0;

        try (ExecutorService threads = Executors.newFixedThreadPool(consumers.size())) {
            List<Future<Integer>> contending = consumers.stream()
                    .map(consumer -> threads.submit(() -> foldUntilNothingIsPending(consumer)))
                    .toList();
            for (Future<Integer> each : contending) {
                stale += each.get();
            }
        }

        assertThat(counted()).isEqualTo(300);
        assertThat(partition.count("acme", "folded")).isEqualTo(300);
        assertThat(partition.count("acme", "backlog")).isZero();
        assertThat(partition.entries()).isZero();
        assertThat(stale).as("batches lost to another").isPositive();
    }

    /** Takes all from the others, folds a few; how many batches were taken away meanwhile. */
    private int foldUntilNothingIsPending(FoldConnection consumer) {
        int stale = 0;
        while (StoreTotals.read(redis.topology(Partition.KEYSPACE))
                        .await()
                        .indefinitely()
                        .pending()
                > 0) {
            consumer.claim(0, Duration.ZERO);
            List<ReadEntry> own = Partition.readOwn(consumer);
            if (!own.isEmpty()
                    && Partition.fold(consumer, own.subList(0, Math.min(own.size(), 7))) instanceof FoldAnswer.Stale) {
                stale++;
            }
        }
        return stale;
    }

    @Test
    void batch_isCountedOnce_whenRedisIsKilledBetweenReadAndFold() {
        try (RedisServer server = RedisServer.builder().build().start()) {
            RedisConnections connections = redis.connectionsTo(server.url(), Duration.ofSeconds(5));
            List<ReadEntry> read = readFrom(connections, "worker");
            FoldConnection broken = redis.closedAfterwards(
                    FoldConnection.open(new SingleServer(connections, Partition.KEYSPACE).node(), "worker"));
            server.kill();
            server.restart();

            RedisFailure failure = catchThrowableOfType(RedisFailure.class, () -> Partition.fold(broken, read));

            assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.UNREACHABLE);
            foldAllThatIsLeft(connections);
            assertThat(server.command("HGET", Partition.TOTALS, "folded")).isEqualTo("3");
        }
    }

    @Test
    void batch_isCountedOnce_whenItsFoldMissedTheDeadline_whetherOrNotItStillRan() {
        try (RedisServer server = RedisServer.builder().build().start()) {
            RedisConnections connections = redis.connectionsTo(server.url(), Duration.ofSeconds(1));
            List<ReadEntry> read = readFrom(connections, "worker");
            FoldConnection hanging = redis.closedAfterwards(
                    FoldConnection.open(new SingleServer(connections, Partition.KEYSPACE).node(), "worker"));
            server.pause();

            RedisFailure failure = catchThrowableOfType(RedisFailure.class, () -> Partition.fold(hanging, read));

            server.resume();
            assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.TIMEOUT);
            foldAllThatIsLeft(connections);
            assertThat(server.command("HGET", Partition.TOTALS, "folded")).isEqualTo("3");
            assertThat(server.command("HGET", Partition.TOTALS, "pending")).isEqualTo("0");
        }
    }

    /** Admits three samples on another server, and reads them as that consumer. */
    private List<ReadEntry> readFrom(RedisConnections connections, String name) {
        AdmissionScript admission =
                new AdmissionScript(new SingleServer(connections, Partition.KEYSPACE), AdmissionTerms.DEFAULTS);
        for (int i = 0; i < 3; i++) {
            admission
                    .call(0, MemoryPressure.NONE, List.of(Push.of("acme", ONE)))
                    .await()
                    .indefinitely();
        }
        try (FoldConnection consumer =
                FoldConnection.open(new SingleServer(connections, Partition.KEYSPACE).node(), name)) {
            consumer.createGroups();
            return Partition.readNew(consumer);
        }
    }

    private static void foldAllThatIsLeft(RedisConnections connections) {
        try (FoldConnection next =
                FoldConnection.open(new SingleServer(connections, Partition.KEYSPACE).node(), "worker")) {
            for (List<ReadEntry> own = Partition.readOwn(next); !own.isEmpty(); own = Partition.readOwn(next)) {
                Partition.fold(next, own);
            }
        }
    }
}
