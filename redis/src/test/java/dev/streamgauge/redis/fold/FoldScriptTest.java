package dev.streamgauge.redis.fold;

import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.gauge;
import static dev.streamgauge.testkit.Samples.histogram;
import static dev.streamgauge.testkit.Samples.summary;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.entry.FoldUnits;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.consumer.ReadEntry;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the fold script answers and moves; what it makes of the values is {@link FoldSemanticsTest}'s. */
class FoldScriptTest {

    private static final FoldAnswer FOLDED = new FoldAnswer.Folded(0);

    /** Entries of one counter that a call may fold: each costs 3 units, and the counter costs 1. */
    private static final int MOST_ENTRIES = (FoldUnits.MAX_PER_CALL - 1) / 3;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    @Test
    void fold_movesAllCounters_whenFolded() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", counter("orders_total", "a=\"1\"", 2), counter("orders_total", "a=\"2\"", 3));
        partition.admit("acme", counter("orders_total", "a=\"1\"", 5));
        partition.admit("other", gauge("queue_depth", "", 7));

        FoldAnswer answer = Partition.fold(consumer, Partition.readNew(consumer));

        assertThat(answer).isEqualTo(FOLDED);
        assertThat(withoutTimesAndValues(redis.dump())).isEqualTo("""
                        sg:{0}:stream stream last=(id)
                          group aggregators last=(id)
                        sg:{0}:sweeps zset
                          acme
                          (due)
                          other
                          (due)
                        sg:{0}:t:acme:f:orders_total hash
                          a="1"=c(value)
                          a="2"=c(value)
                        sg:{0}:t:acme:families hash
                          orders_total=c\\x00\\x00\\x00\\x00
                        sg:{0}:t:acme:totals hash
                          accepted=3
                          backlog=0
                          backlog_bytes=0
                          epoch=(time)
                          folded=3
                          pending=0
                          pushed=(time)
                          registry_bytes=301
                          series=2
                          since=(time)
                          tat=0
                        sg:{0}:t:other:f:queue_depth hash
                          =g(value)
                        sg:{0}:t:other:families hash
                          queue_depth=g\\x00\\x00\\x00\\x00
                        sg:{0}:t:other:totals hash
                          accepted=1
                          backlog=0
                          backlog_bytes=0
                          epoch=(time)
                          folded=1
                          pending=0
                          pushed=(time)
                          registry_bytes=273
                          series=1
                          since=(time)
                          tat=0
                        sg:{0}:totals hash
                          accepted=4
                          folded=4
                          pending=0
                          saturated=0
                        """);
    }

    private static String withoutTimesAndValues(String dump) {
        return dump.replaceAll("\\d{13}-\\d+", "(id)")
                .replaceAll("(pushed|since|epoch)=\\d+", "$1=(time)")
                .replaceAll("(?m)^  \\d{10}$", "  (due)")
                .replaceAll("=([cg])B.*", "=$1(value)"); // B begins every time of this century as f64
    }

    @Test
    void fold_isStaleAndChangesNothing_whenSentAgain() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", counter("orders_total", "", 2), histogram("seconds", "", 1), summary("bytes", "", 1));
        List<ReadEntry> read = Partition.readNew(consumer);
        Partition.fold(consumer, read);
        String once = redis.dump();

        FoldAnswer again = Partition.fold(consumer, read);

        assertThat(again).isEqualTo(new FoldAnswer.Stale(read.getFirst().id()));
        assertThat(redis.dump()).isEqualTo(once);
    }

    @Test
    void fold_saysNoGroup_whenTheGroupIsGone() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", counter("orders_total", "", 2));
        List<ReadEntry> read = Partition.readNew(consumer);
        redis.command("XGROUP", "DESTROY", Partition.STREAM, Keyspace.GROUP);
        String before = redis.dump();

        FoldAnswer answer = Partition.fold(consumer, read);

        assertThat(answer).isEqualTo(new FoldAnswer.NoGroup());
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void fold_saysNoGroup_whenTheStreamIsGone() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", counter("orders_total", "", 2));
        List<ReadEntry> read = Partition.readNew(consumer);
        redis.command("DEL", Partition.STREAM);
        String before = redis.dump();

        FoldAnswer answer = Partition.fold(consumer, read);

        assertThat(answer).isEqualTo(new FoldAnswer.NoGroup());
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void fold_changesNothing_whenTheBatchIsEmpty() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", counter("orders_total", "", 2));
        Partition.readNew(consumer);

        FoldAnswer answer = consumer.fold(0, new FoldBatch(), any -> SeriesExpiry.NEVER);

        assertThat(answer).isEqualTo(FOLDED);
        assertThat(partition.pending()).isEqualTo(1);
        assertThat(partition.count("folded")).isZero();
    }

    @Test
    void fold_folds_whenTheServerHasForgottenTheScript() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", counter("orders_total", "", 2));
        List<ReadEntry> read = Partition.readNew(consumer);
        redis.command("SCRIPT", "FLUSH");

        FoldAnswer answer = Partition.fold(consumer, read);

        assertThat(answer).isEqualTo(FOLDED);
        assertThat(partition.count("folded")).isEqualTo(1);
    }

    @Test
    void fold_drains_whenRedisIsFull() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", counter("orders_total", "", 2));
        partition.append(new EntryId(redis.nowMillis() + 1_000, 0), "acme", counter("unregistered_total", "", 3));
        redis.fill();

        FoldAnswer answer = Partition.fold(consumer, Partition.readNew(consumer));

        assertThat(answer).isEqualTo(FOLDED);
        assertThat(partition.entries()).isZero();
        assertThat(partition.pending()).isZero();
        assertThat(partition
                        .stored("acme", counter("unregistered_total", "", 0))
                        .total())
                .isInstanceOfSatisfying(
                        Counter.Delta.class, total -> assertThat(total.value()).isEqualTo(3));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 499, 500, 501, 1000, 1001})
    void fold_foldsAnyNumberOfSeries_whenTheyNeedSeveralCommands(int series) {
        FoldConnection consumer = partition.consumer("worker");
        Sample[] samples = IntStream.range(0, series)
                .mapToObj(i -> counter("orders_total", "i=\"" + i + "\"", i))
                .toArray(Sample[]::new);
        partition.append(new EntryId(5, 0), "acme", samples[0]);
        Partition.fold(consumer, Partition.readNew(consumer));
        partition.admit("acme", samples);

        FoldAnswer answer = Partition.fold(consumer, Partition.readNew(consumer));

        assertThat(answer).isEqualTo(FOLDED);
        assertThat(redis.number("HLEN", Partition.keyOf("acme", samples[0]))).isEqualTo(series);
        assertThat(samples)
                .allSatisfy(sample -> assertThat(((Counter.Delta)
                                        partition.stored("acme", sample).total())
                                .value())
                        .isEqualTo(((SampleValue.Scalar) sample.value()).value()));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, MOST_ENTRIES})
    void fold_acknowledgesAllEntries(int entries) {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readCounters(consumer, entries);

        FoldAnswer answer = Partition.fold(consumer, read);

        assertThat(read).hasSize(entries);
        assertThat(answer).isEqualTo(FOLDED);
        assertThat(partition.entries()).isZero();
        assertThat(partition.pending()).isZero();
        assertThat(partition.count("acme", "folded")).isEqualTo(entries);
        assertThat(partition.count("folded")).isEqualTo(entries);
    }

    @Test
    void fold_mustBeSplit_whenItHasMoreEntriesThanACallMayHave() {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> read = readCounters(consumer, MOST_ENTRIES + 1);

        FoldAnswer answer = Partition.fold(consumer, read);

        assertThat(answer).isInstanceOf(FoldAnswer.Split.class);
        assertThat(partition.pending()).isEqualTo(MOST_ENTRIES + 1);
        assertThat(partition.count("acme", "folded")).isZero();
    }

    private List<ReadEntry> readCounters(FoldConnection consumer, int entries) {
        for (int i = 1; i <= entries; i++) {
            partition.append(new EntryId(i, 0), "acme", counter("orders_total", "", 1));
        }
        return Partition.readNew(consumer);
    }

    @Test
    void fold_takesTheIdsInAnyOrder() {
        FoldConnection consumer = partition.consumer("worker");
        for (int i = 1; i <= 20; i++) {
            partition.append(new EntryId(9, i), "acme", counter("orders_total", "", 1));
        }
        List<ReadEntry> read = Partition.readNew(consumer);

        FoldAnswer answer = Partition.fold(consumer, read.reversed());

        assertThat(answer).isEqualTo(FOLDED);
        assertThat(partition.pending()).isZero();
    }

    @Test
    void fold_keepsTenantsApart_whenTheyShareNames() {
        FoldConnection consumer = partition.consumer("worker");
        Sample ofAcme = counter("orders_total", "a=\"1\"", 2);
        Sample ofOther = histogram("orders_total", "a=\"1\"", 0.5);
        partition.admit("acme", ofAcme);
        partition.admit("other", ofOther);

        Partition.fold(consumer, Partition.readNew(consumer));

        assertThat(partition.storedBytes("acme", ofAcme)).startsWith('c');
        assertThat(partition.storedBytes("other", ofOther)).startsWith('h');
        assertThat(partition.count("acme", "folded")).isEqualTo(1);
        assertThat(partition.count("other", "folded")).isEqualTo(1);
    }

    @Test
    void fold_countsASeriesOnce_whetherRegisteredOrNot() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", counter("orders_total", "a=\"1\"", 1)); // registers it
        partition.append(
                new EntryId(redis.nowMillis() + 1_000, 0),
                "acme",
                counter("orders_total", "a=\"1\"", 1),
                counter("orders_total", "a=\"2\"", 1),
                gauge("queue_depth", "a=\"2\"", 1));
        List<ReadEntry> read = Partition.readNew(consumer);
        Partition.fold(consumer, read.get(0));
        long afterRegistered = partition.count("acme", "series");

        Partition.fold(consumer, read.get(1));

        assertThat(afterRegistered).isEqualTo(1);
        assertThat(partition.count("acme", "series")).isEqualTo(3);
    }
}
