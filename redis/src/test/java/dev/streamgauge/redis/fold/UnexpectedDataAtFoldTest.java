package dev.streamgauge.redis.fold;

import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.gauge;
import static dev.streamgauge.testkit.Samples.histogram;
import static dev.streamgauge.testkit.Samples.summary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.consumer.ReadEntry;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lua has no rollback: if any key of the batch holds unexpected data, the fold changes nothing. */
class UnexpectedDataAtFoldTest {

    private static final String WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
    private static final String WRONG_VALUE = "value of another type or layout";

    private static final Sample COUNTER = counter("orders_total", "a=\"1\"", 1);
    private static final Sample GAUGE = gauge("queue_depth", "a=\"1\"", 1);
    private static final Sample HISTOGRAM = histogram("seconds", "a=\"1\"", 1);
    private static final Sample SUMMARY = summary("bytes", "a=\"1\"", 1);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    /** Folds once, so that everything is there, then reads a batch of three tenants and four families each. */
    private List<ReadEntry> readAfterOneFold(FoldConnection consumer) {
        for (int round = 0; round < 2; round++) {
            if (round == 1) {
                Partition.fold(consumer, Partition.readNew(consumer));
            }
            for (String tenant : List.of("acme", "other", "third")) {
                partition.admit(tenant, COUNTER, GAUGE, HISTOGRAM, SUMMARY);
            }
        }
        return Partition.readNew(consumer);
    }

    private void expectBroken(FoldConnection consumer, List<ReadEntry> batch, String message) {
        String before = redis.dump();

        FoldAnswer answer = Partition.fold(consumer, batch);

        assertThat(answer)
                .isInstanceOfSatisfying(
                        FoldAnswer.Broken.class,
                        broken -> assertThat(broken.message()).endsWith(message));
        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sg:{0}:stream",
                "sg:{0}:totals",
                "sg:{0}:t:acme:totals",
                "sg:{0}:t:other:totals",
                "sg:{0}:t:third:totals",
                "sg:{0}:t:acme:f:orders_total",
                "sg:{0}:t:acme:f:queue_depth",
                "sg:{0}:t:other:f:seconds",
                "sg:{0}:t:third:f:bytes"
            })
    void fold_changesNothing_whenAKeyIsOfAnotherType(String key) {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> batch = readAfterOneFold(consumer);
        redis.command("DEL", key);
        redis.command("RPUSH", key, "unexpected");

        expectBroken(consumer, batch, WRONG_TYPE);
    }

    @ParameterizedTest
    @CsvSource({
        "sg:{0}:totals, folded",
        "sg:{0}:totals, pending",
        "sg:{0}:totals, saturated",
        "sg:{0}:t:acme:totals, folded",
        "sg:{0}:t:acme:totals, pending",
        "sg:{0}:t:acme:totals, backlog",
        "sg:{0}:t:other:totals, series",
        "sg:{0}:t:third:totals, series"
    })
    void fold_changesNothing_whenACounterIsNoNumber(String key, String field) {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> batch = readAfterOneFold(consumer);

        for (String unexpected : List.of("unexpected", "", "nan")) {
            redis.command("HSET", key, field, unexpected);
            expectBroken(consumer, batch, "field " + field + " is no number");
        }
    }

    static Stream<Arguments> unexpectedValues() {
        String header = "\0".repeat(12);
        return Stream.of(
                arguments(COUNTER, "", WRONG_VALUE),
                arguments(COUNTER, "rr", WRONG_VALUE),
                arguments(COUNTER, "g" + header + "\0".repeat(36), WRONG_VALUE),
                arguments(COUNTER, "c", WRONG_VALUE),
                arguments(COUNTER, "c" + header + "\0".repeat(15), WRONG_VALUE),
                arguments(COUNTER, "c" + header + "\0".repeat(17), WRONG_VALUE),
                arguments(GAUGE, "g" + header + "\0".repeat(35), WRONG_VALUE),
                arguments(HISTOGRAM, "h" + header + "\0".repeat(32), WRONG_VALUE), // a bucket less
                arguments(HISTOGRAM, "h" + header + "\0".repeat(48), WRONG_VALUE), // a bucket more
                arguments(SUMMARY, "s" + header + "\0".repeat(25), WRONG_VALUE),
                arguments(
                        SUMMARY,
                        "s" + header + "\0".repeat(24) + "\0\1",
                        "value cut short"), // one slot, which is not there
                arguments(
                        SUMMARY, // a slot of this century with bins that are not there
                        "s" + header + "\0".repeat(24) + "\0\1" + "\177\0\0\0" + "\0\0\0\10" + "\0\0\0\0" + "\0\7",
                        "value cut short"));
    }

    @ParameterizedTest
    @MethodSource("unexpectedValues")
    void fold_changesNothing_whenAValueIsUnexpected(Sample series, String value, String message) {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> batch = readAfterOneFold(consumer);
        partition.store("other", series, value);

        expectBroken(consumer, batch, message);
    }

    static Stream<Arguments> valuesOfALaterRelease() {
        String header = "\0".repeat(12);
        return Stream.of(
                arguments(COUNTER, "orders_total", "R", 'R'),
                arguments(COUNTER, "orders_total", "C" + header + "\0".repeat(16), 'C'),
                arguments(COUNTER, "orders_total", "42", '4'),
                arguments(COUNTER, "orders_total", "\0", 0),
                arguments(COUNTER, "orders_total", "\377", 255),
                arguments(GAUGE, "queue_depth", "G" + header + "\0".repeat(36), 'G'),
                arguments(HISTOGRAM, "seconds", "H" + header + "\0".repeat(40), 'H'),
                arguments(SUMMARY, "bytes", "T" + header + "\0".repeat(26), 'T'));
    }

    @ParameterizedTest
    @MethodSource("valuesOfALaterRelease")
    void fold_isUnreadableAndChangesNothing_whenAValueIsOfAnUnknownVersion(
            Sample series, String family, String value, int version) {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> batch = readAfterOneFold(consumer);
        partition.store("other", series, value);
        String before = redis.dump();

        FoldAnswer answer = Partition.fold(consumer, batch);

        assertThat(answer)
                .isEqualTo(new FoldAnswer.Unreadable(
                        "sg:{0}:t:other:f:" + family + ": value of unknown version " + version));
        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 499, 500, 1_000})
    void fold_changesNothing_whenOneOfManySeriesIsUnexpected(int place) {
        FoldConnection consumer = partition.consumer("worker");
        Sample[] samples = new Sample[1_001];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = counter("orders_total", "i=\"" + i + "\"", 1);
        }
        partition.admit("acme", samples);
        partition.store("acme", samples[place], "something else");

        expectBroken(consumer, Partition.readNew(consumer), WRONG_VALUE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"acme", "other", "third"})
    void fold_foldsTheWholeBatch_onceTheUnexpectedValueIsGone(String tenant) {
        FoldConnection consumer = partition.consumer("worker");
        List<ReadEntry> batch = readAfterOneFold(consumer);
        byte[] good = partition.storedBytes(tenant, COUNTER);
        partition.store(tenant, COUNTER, "something else");
        Partition.fold(consumer, batch);
        partition.store(tenant, COUNTER, good);

        FoldAnswer answer = Partition.fold(consumer, batch);

        assertThat(answer).isEqualTo(new FoldAnswer.Folded(0));
        assertThat(List.of("acme", "other", "third"))
                .allSatisfy(each -> assertThat(
                                ((Counter.Delta) partition.stored(each, COUNTER).total()).value())
                        .isEqualTo(2));
    }
}
