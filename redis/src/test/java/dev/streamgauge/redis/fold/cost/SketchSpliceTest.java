package dev.streamgauge.redis.fold.cost;

import static dev.streamgauge.testkit.Samples.summary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.fold.Partition;
import dev.streamgauge.testkit.stored.StoredSummaries;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Few bins are spliced into a stored sketch, many are merged with it; either gives what core's own merge gives. */
class SketchSpliceTest {

    private static final String TENANT = "acme";
    private static final Sample SERIES = summary("bytes", "", 1);

    /** A bin's count that cannot grow, as a signed number. */
    private static final int GREATEST_COUNT = -1;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    static Stream<Arguments> pushes() {
        double[] full = geometric(1e-9, 1e9, 1.004);
        double[] both = DoubleStream.of(full)
                .flatMap(value -> DoubleStream.of(value, -value))
                .toArray();
        double[] sparse = geometric(1e-2, 1e4, 1.08); // three or four bins apart
        return Stream.of(
                arguments("into a bin that exists", full, values(1)),
                arguments("between bins", sparse, geometric(1, 100, 1.3)),
                arguments("before the first bin", sparse, values(1e-4)),
                arguments("before, between and after", sparse, values(1e-4, 1.5, 2e-4, 7e4, 33, 1e5)),
                arguments("after the last bin", sparse, values(1e5)),
                arguments("the first bin and the last", sparse, values(sparse[0], sparse[sparse.length - 1])),
                arguments("some collapse", full, values(3e9)),
                arguments("some collapse, and others are added", full, values(3e9, 1, 2e9, 1e-8, 7)),
                arguments("all but one collapse", full, values(Math.pow(10, 9 + 17.5))),
                arguments("all collapse", full, values(1e300)),
                arguments("far below the lowest that is kept", full, values(1e-300)),
                arguments("below and above", full, values(1e-300, 1e12, 1e-299, 5)),
                arguments("both signs", both, values(5, -5, 1e-300, -1e12)),
                arguments("the other sign", full, values(-1, -1e12)),
                arguments("zeros alone", both, values(0, 0)),
                arguments("many", both, geometric(1e-12, 1e12, 1.01)),
                arguments("many of one sign, few of the other", both, with(geometric(1e-5, 1e5, 1.01), -3)),
                arguments("few into few", values(1, 2, 3), values(2, 2.5)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pushes")
    void sketch_isThatOfCore_whenValuesAreFoldedIntoIt(String purpose, double[] before, double[] pushed) {
        long now = redis.nowMillis();
        Summary.Delta summary = summaryOf(now, before);

        expectLikeCore(now, StoredSummaries.encode(summary, now), pushed);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 99, 100, 101, 400})
    void sketch_isThatOfCore_whenAQuarterOfItsBinsIsAdded(int pushed) {
        long now = redis.nowMillis();
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        for (int i = 0; i < 400; i++) {
            summary.observe(Math.pow(1.1, i - 200), now); // every fifth bin
        }
        double[] values = new double[pushed];
        Arrays.setAll(values, i -> Math.pow(1.1, i - 200) * 1.05);

        expectLikeCore(now, StoredSummaries.encode(summary, now), values);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void sketch_isThatOfCore_whenRandomValuesAreFoldedIntoItAgainAndAgain(long seed) {
        Random random = new Random(seed);
        long now = redis.nowMillis();
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        if (seed % 2 == 0) {
            StoredSummaries.fill(summary, now);
        }
        byte[] stored = StoredSummaries.encode(summary, now);
        for (int fold = 0; fold < 25; fold++) {
            double decades = random.nextInt(4) == 0 ? 40 : 12;
            double[] pushed = new double[1 + random.nextInt(60)];
            Arrays.setAll(
                    pushed,
                    i -> Math.pow(10, (random.nextDouble() - 0.5) * decades) * (random.nextInt(3) == 0 ? -1 : 1));

            stored = expectLikeCore(now + fold, stored, pushed);
        }
    }

    static Stream<Arguments> pushesToFullCounts() {
        return Stream.of(
                arguments("no collapse", values(1, 1, -1, 0)),
                arguments("collapse", values(1e10, -1e10)),
                arguments("many", geometric(1e-12, 1e12, 1.01)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pushesToFullCounts")
    void counts_stayAtTheirGreatestValue_whenTheyAreFull(String purpose, double[] pushed) {
        long now = redis.nowMillis();
        byte[] stored = StoredSummaries.encode(summaryOf(now, geometric(1e-9, 1e9, 1.004)), now);
        int sketch = StoredSummaries.FIRST_SLOT + 2 * Integer.BYTES + 2 * Double.BYTES;
        ByteBuffer bytes = ByteBuffer.wrap(stored).putInt(sketch, GREATEST_COUNT);
        int bins = bytes.getShort(sketch + Integer.BYTES);
        for (int i = 0; i < bins; i++) {
            bytes.putInt(sketch + Integer.BYTES + Short.BYTES + 8 * i + 4, GREATEST_COUNT);
        }

        expectLikeCore(now, stored, pushed);
    }

    @Test
    void slots_areCopiedAsBytes_whenNothingIsAddedToThem() {
        long now = redis.nowMillis();
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        StoredSummaries.fill(summary, now - Summary.SLOT.toMillis());
        summary.observe(3, now);
        byte[] stored = StoredSummaries.encode(summary, now);
        int length = ByteBuffer.wrap(stored).getInt(StoredSummaries.FIRST_SLOT + Integer.BYTES);
        int sketch = StoredSummaries.FIRST_SLOT + 2 * Integer.BYTES;
        Arrays.fill(stored, sketch, sketch + length, (byte) 0xfe);

        assertThat(fold(now, stored, 5)).isEqualTo(new FoldAnswer.Folded(0));

        byte[] after = partition.storedBytes(TENANT, SERIES);
        assertThat(Arrays.copyOfRange(after, sketch, sketch + length))
                .isEqualTo(Arrays.copyOfRange(stored, sketch, sketch + length));
    }

    @Test
    void slots_areMergedEachByItself_whenABatchAddsToSeveral() {
        long now = redis.nowMillis();
        long before = now - 2 * Summary.SLOT.toMillis();
        Summary.Delta summary = StoredSummaries.full(now);
        partition.store(TENANT, SERIES, StoredSummaries.encode(summary, now));
        FoldConnection consumer = partition.consumer("worker");
        partition.append(new EntryId(before, 0), TENANT, summary("bytes", "", 5, 1e12));
        partition.append(new EntryId(now, 0), TENANT, summary("bytes", "", -5, -1e12));

        FoldAnswer answer = Partition.fold(consumer, Partition.readNew(consumer));

        summary.merge(summaryOf(before, 5, 1e12));
        summary.merge(summaryOf(now, -5, -1e12));
        assertThat(answer).isEqualTo(new FoldAnswer.Folded(0));
        assertThat(slotsOf(partition.storedBytes(TENANT, SERIES)))
                .isEqualTo(slotsOf(StoredSummaries.encode(summary, now)));
    }

    @Test
    void slots_areDropped_whenTheyHaveLeftTheWindow() {
        long now = redis.nowMillis();
        long longAgo = now - 2L * Summary.WINDOW_SLOTS * Summary.SLOT.toMillis();
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        StoredSummaries.fill(summary, longAgo);
        StoredSummaries.fill(summary, now);

        FoldAnswer answer = fold(now, StoredSummaries.encode(summary, now), 5, 1e12);

        Summary.Delta expected = new Summary.Delta(Quantiles.NONE);
        StoredSummaries.fill(expected, now);
        expected.merge(summaryOf(now, 5, 1e12));
        assertThat(answer).isEqualTo(new FoldAnswer.Folded(0));
        assertThat(slotsOf(partition.storedBytes(TENANT, SERIES)))
                .isEqualTo(slotsOf(StoredSummaries.encode(expected, now)));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 900", "-1, 1", "-1, 900"})
    void fold_isBrokenAndChangesNothing_whenASketchReachesBeyondItsSlot(int sign, int pushed) {
        long now = redis.nowMillis();
        long before = now - Summary.SLOT.toMillis();
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        StoredSummaries.fill(summary, before);
        StoredSummaries.fill(summary, now);
        byte[] stored = StoredSummaries.encode(summary, now);
        ByteBuffer bytes = ByteBuffer.wrap(stored);
        int positive = StoredSummaries.FIRST_SLOT + 3 * Integer.BYTES + 2 * Double.BYTES;
        int negative = positive + Short.BYTES + 8 * bytes.getShort(positive);
        int size = sign > 0 ? positive : negative;
        bytes.putShort(size, (short) (sign > 0 ? 2 * 2_048 + 1 : 2_049));
        double[] values = new double[pushed];
        Arrays.setAll(values, i -> sign * Math.pow(1.03, i));
        FoldConnection consumer = partition.consumer("worker");
        partition.store(TENANT, SERIES, stored);
        partition.append(new EntryId(before, 0), TENANT, summary("bytes", "", values));
        List<ReadEntry> read = Partition.readNew(consumer);
        String dump = redis.dump();

        FoldAnswer answer = Partition.fold(consumer, read);

        assertThat(answer).isEqualTo(new FoldAnswer.Broken(Partition.keyOf(TENANT, SERIES) + ": value cut short"));
        assertThat(redis.dump()).isEqualTo(dump);
    }

    /** Folds values into a stored summary, and compares the sketches; returns what is stored then. */
    private byte[] expectLikeCore(long now, byte[] stored, double... pushed) {
        Summary.Delta expected = (Summary.Delta)
                StoredSeries.decode(SERIES.family(), stored).orElseThrow().total();
        expected.merge(summaryOf(now, pushed));

        FoldAnswer answer = fold(now, stored, pushed);

        byte[] after = partition.storedBytes(TENANT, SERIES);
        assertThat(answer).isEqualTo(new FoldAnswer.Folded(0));
        assertThat(slotsOf(after)).isEqualTo(slotsOf(StoredSummaries.encode(expected, now)));
        return after;
    }

    private FoldAnswer fold(long now, byte[] stored, double... pushed) {
        FoldConnection consumer = partition.consumer("worker");
        partition.store(TENANT, SERIES, stored);
        partition.append(new EntryId(now, 0), TENANT, summary("bytes", "", pushed));
        return Partition.fold(consumer, Partition.readNew(consumer));
    }

    private static byte[] slotsOf(byte[] stored) {
        return Arrays.copyOfRange(stored, StoredSummaries.FIRST_SLOT - Short.BYTES, stored.length);
    }

    private static Summary.Delta summaryOf(long admittedAtMillis, double... values) {
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        DoubleStream.of(values).forEach(value -> summary.observe(value, admittedAtMillis));
        return summary;
    }

    private static double[] values(double... values) {
        return values;
    }

    private static double[] geometric(double from, double to, double ratio) {
        return DoubleStream.iterate(from, value -> value < to, value -> value * ratio)
                .toArray();
    }

    private static double[] with(double[] values, double more) {
        double[] all = Arrays.copyOf(values, values.length + 1);
        all[values.length] = more;
        return all;
    }
}
