package dev.streamgauge.redis.fold;

import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.gauge;
import static dev.streamgauge.testkit.Samples.histogram;
import static dev.streamgauge.testkit.Samples.histogramCounts;
import static dev.streamgauge.testkit.Samples.summary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Await;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.testkit.Samples;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The fold script against core: for any entries, in any batches, by any consumer and in any order, the registry holds
 * what core's own merge of all entries gives, to the last bit where sums are exact.
 */
class FoldSemanticsTest {

    private static final Quantiles MEDIAN = Quantiles.of(0.5).orElseThrow();
    private static final double MAX_COUNT = 0x1p53;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    // ---- differential

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void registry_equalsCoresMerge_whenNumbersAreDyadic(long seed) {
        Random random = new Random(seed);
        DoubleSupplier dyadic = () -> Math.scalb((double) random.nextInt(1 << 20), random.nextInt(60) - 30);
        List<ReadEntry> all = appendRandom(random, dyadic, 80);

        foldByTwo(random);

        assertThat(partition.entries()).isZero();
        expectEachSeries(all, (inRedis, inMemory) -> Arrays.equals(inRedis.packed(), inMemory.packed()));
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void registry_equalsCoresMergeButForRounding_whenNumbersAreAny(long seed) {
        Random random = new Random(seed);
        DoubleSupplier any = () -> Math.abs(random.nextGaussian()) * Math.pow(10, random.nextInt(12));
        List<ReadEntry> all = appendRandom(random, any, 80);

        foldByTwo(random);

        expectEachSeries(all, FoldSemanticsTest::equalButForRounding);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void registry_collapsesSketchesAsCoreDoes_whenValuesSpanAllMagnitudes(long seed) {
        Random random = new Random(seed);
        // A sketch keeps about 57 powers of two below its greatest value.
        int powersOfTwo = seed % 2 == 0 ? 2_040 : 120;
        DoubleSupplier anyMagnitude =
                () -> Math.scalb(1 + random.nextDouble(), random.nextInt(powersOfTwo) - powersOfTwo / 2);
        List<ReadEntry> all = appendRandom(random, anyMagnitude, 200);

        foldByTwo(random);

        expectEachSeries(all, FoldSemanticsTest::equalButForRounding);
    }

    /** Entries of the last seven minutes, so that no slot of a summary leaves the window; a few series of all kinds. */
    private List<ReadEntry> appendRandom(Random random, DoubleSupplier positive, int count) {
        long firstMillis = redis.nowMillis() - Duration.ofMinutes(7).toMillis();
        List<ReadEntry> all = new ArrayList<>();
        FoldConnection reader = partition.consumer("reader");
        for (int i = 0; i < count; i++) {
            Sample[] samples = new Sample[1 + random.nextInt(8)];
            for (int j = 0; j < samples.length; j++) {
                samples[j] = randomSample(random, positive, j, firstMillis);
            }
            long millis = firstMillis + i * Duration.ofMinutes(7).toMillis() / count;
            partition.append(new EntryId(millis, random.nextInt(3)), random.nextBoolean() ? "acme" : "other", samples);
        }
        all.addAll(Partition.readNew(reader));
        return all;
    }

    private static Sample randomSample(Random random, DoubleSupplier positive, int index, long firstMillis) {
        String labels = "a=\"" + random.nextInt(2) + "\"";
        DoubleSupplier signed = () -> switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> -positive.getAsDouble();
            default -> positive.getAsDouble();
        };
        return switch (random.nextInt(5)) {
            case 0 -> counter("orders_total", labels, positive.getAsDouble());
            case 1 ->
                gauge(
                        index,
                        "queue_depth",
                        labels,
                        signed.getAsDouble(),
                        random.nextInt(3) == 0 ? Sample.NO_TIMESTAMP : firstMillis + random.nextInt(2) * 200_000L);
            case 2 -> histogram("seconds", labels, signed.getAsDouble(), signed.getAsDouble(), signed.getAsDouble());
            case 3 ->
                histogramCounts(
                        "seconds", labels, signed.getAsDouble(), random.nextInt(1_000), 0, random.nextLong(1L << 40));
            default -> summary("bytes", labels, signed.getAsDouble(), signed.getAsDouble());
        };
    }

    /** Two consumers fold all entries in batches of random size, each in an order of its own. */
    private void foldByTwo(Random random) {
        FoldConnection reader = partition.consumer("reader");
        FoldConnection other = partition.consumer("other");
        for (ReadEntry entry : Partition.readOwn(reader)) {
            if (random.nextBoolean()) {
                partition.giveTo("other", entry);
            }
        }
        for (FoldConnection consumer : List.of(other, reader)) {
            List<ReadEntry> own = new ArrayList<>(Partition.readOwn(consumer));
            Collections.shuffle(own, random);
            while (!own.isEmpty()) {
                List<ReadEntry> some = own.subList(0, Math.min(own.size(), 1 + random.nextInt(12)));
                assertThat(Partition.fold(consumer, some)).isEqualTo(new FoldAnswer.Folded(0));
                some.clear();
            }
        }
    }

    private void expectEachSeries(List<ReadEntry> all, BiFunction<SeriesDelta, SeriesDelta, Boolean> same) {
        FoldBatch inMemory = Partition.batch(all);
        int compared = 0;
        for (FoldBatch.TenantDeltas tenant : inMemory.tenants()) {
            String name = tenant.tenant().value();
            assertThat(partition.count(name, "folded")).isEqualTo(tenant.samples());
            int series = 0;
            for (FoldBatch.FamilyDeltas family : tenant.families()) {
                for (FoldBatch.Series expected : family.series()) {
                    StoredSeries stored = StoredSeries.decode(
                                    Samples.family(
                                            family.family().name(),
                                            family.family().aggregation()),
                                    redis.field(
                                            Partition.KEYSPACE.family(
                                                    tenant.tenant(),
                                                    family.family().name()),
                                            expected.labels().bytes()))
                            .orElseThrow();
                    assertThat(same.apply(stored.total(), expected.delta()))
                            .as("%s %s{%s}", name, family.family().name(), expected.labels())
                            .isTrue();
                    series++;
                }
            }
            assertThat(partition.count(name, "series")).isEqualTo(series);
            compared += series;
        }
        assertThat(compared).isEqualTo(16); // two tenants, four families, two series
    }

    /** Equal in all but the sums' last digits. */
    private static boolean equalButForRounding(SeriesDelta inRedis, SeriesDelta inMemory) {
        return switch (inMemory) {
            case Counter.Delta counter -> isClose(((Counter.Delta) inRedis).value(), counter.value());
            case Gauge.Delta gauge -> Arrays.equals(inRedis.packed(), gauge.packed());
            case Histogram.Delta histogram ->
                isClose(((Histogram.Delta) inRedis).sum(), histogram.sum()) && equalAfterSum(inRedis, histogram);
            case Summary.Delta summary ->
                isClose(((Summary.Delta) inRedis).sum(), summary.sum()) && equalAfterSum(inRedis, summary);
            default -> throw new AssertionError(inMemory);
        };
    }

    private static boolean equalAfterSum(SeriesDelta one, SeriesDelta other) {
        int sumLength = 2 * Double.BYTES;
        byte[] packed = one.packed();
        byte[] otherPacked = other.packed();
        return Arrays.equals(packed, sumLength, packed.length, otherPacked, sumLength, otherPacked.length);
    }

    private static boolean isClose(double one, double other) {
        return Math.abs(one - other) <= 1e-12 * Math.max(Math.abs(one), Math.abs(other));
    }

    @Test
    void counter_isWithinOneUlpOfTheTrueSum_whenAddedOneByOne() {
        FoldConnection consumer = partition.consumer("worker");
        Random random = new Random(1);
        BigDecimal exact = BigDecimal.ZERO;
        for (int i = 1; i <= 1_000; i++) {
            double increment = random.nextDouble() * Math.pow(10, random.nextInt(20));
            exact = exact.add(new BigDecimal(increment));
            partition.append(new EntryId(i, 0), "acme", counter("orders_total", "", increment));
        }
        List<ReadEntry> read = Partition.readNew(consumer);

        for (ReadEntry entry : read) {
            Partition.fold(consumer, entry);
        }

        double sum = ((Counter.Delta)
                        partition.stored("acme", counter("orders_total", "", 0)).total())
                .value();
        assertThat(sum).isCloseTo(exact.doubleValue(), within(Math.ulp(sum)));
    }

    @Test
    void counter_goesOnCounting_beyondTheIntegersOfADouble() {
        FoldConnection consumer = partition.consumer("worker");
        partition.foldAfterAdmitting(consumer, counter("orders_total", "", 0x1p53));
        for (int i = 0; i < 4; i++) {
            partition.foldAfterAdmitting(consumer, counter("orders_total", "", 1));
        }

        StoredSeries stored = partition.stored("acme", counter("orders_total", "", 0));

        assertThat(((Counter.Delta) stored.total()).value()).isEqualTo(0x1p53 + 4);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 1_000}) // 1,000 is the most that the configuration allows
    void histogram_addsEveryBucket_whateverTheLayoutsSize(int bounds) {
        FoldConnection consumer = partition.consumer("worker");
        BucketLayout layout = BucketLayout.of(
                        IntStream.range(0, bounds).mapToDouble(i -> i).toArray())
                .orElseThrow();
        double[] values = IntStream.rangeClosed(0, bounds).mapToDouble(i -> i).toArray(); // one for each bucket
        Sample sample = new Sample(
                0,
                Samples.family("seconds", new Histogram(layout)),
                Samples.labels(""),
                new SampleValue.Observations(values),
                Sample.NO_TIMESTAMP);
        partition.foldAfterAdmitting(consumer, sample);

        FoldAnswer answer = partition.foldAfterAdmitting(consumer, sample, sample);

        Histogram.Delta total =
                (Histogram.Delta) partition.stored("acme", sample).total();
        assertThat(answer).isEqualTo(new FoldAnswer.Folded(0));
        assertThat(IntStream.rangeClosed(0, bounds).mapToObj(total::count)).containsOnly(3.0);
    }

    // ---- gauges

    static Stream<Arguments> gauges() {
        return Stream.of(
                arguments("the later timestamp wins", 2.0, at(5, 0, 1_000), at(6, 0, 2_000)),
                arguments("the later timestamp wins, though folded first", 1.0, at(6, 0, 2_000), at(5, 0, 1_000)),
                arguments("the later timestamp wins, though pushed first", 1.0, at(5, 0, 2_000), at(6, 0, 1_000)),
                arguments("of equal timestamps, the later entry wins", 2.0, at(5, 0, 1_000), at(6, 0, 1_000)),
                arguments(
                        "of equal timestamps, the later entry wins, folded first",
                        1.0,
                        at(6, 0, 1_000),
                        at(5, 0, 1_000)),
                arguments("of one millisecond, the later sequence wins", 2.0, at(5, 1, 1_000), at(5, 2, 1_000)),
                arguments(
                        "of one millisecond, the later sequence wins, folded first",
                        1.0,
                        at(5, 10, 1_000),
                        at(5, 9, 1_000)),
                arguments("no timestamp is the entry's time", 2.0, at(5, 0, 5), at(6, 0, Sample.NO_TIMESTAMP)),
                arguments(
                        "no timestamp is the entry's time, before a later one",
                        1.0,
                        at(5, 0, 7),
                        at(6, 0, Sample.NO_TIMESTAMP)),
                arguments("a timestamp of 0 is one", 1.0, at(6, 0, 0), at(5, 0, 0)));
    }

    record GaugeAt(EntryId id, long timestampMillis) {}

    private static GaugeAt at(long millis, long sequence, long timestampMillis) {
        return new GaugeAt(new EntryId(millis, sequence), timestampMillis);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("gauges")
    void gauge_replaces_whenItComesAfter(String rule, double winner, GaugeAt foldedFirst, GaugeAt foldedLast) {
        FoldConnection consumer = partition.consumer("worker");
        Sample first = gauge(0, "queue_depth", "", 1, foldedFirst.timestampMillis());
        Sample last = gauge(0, "queue_depth", "", 2, foldedLast.timestampMillis());
        boolean firstIsEarlier = foldedFirst.id().compareTo(foldedLast.id()) < 0;
        partition.append(firstIsEarlier ? foldedFirst.id() : foldedLast.id(), "acme", firstIsEarlier ? first : last);
        partition.append(firstIsEarlier ? foldedLast.id() : foldedFirst.id(), "acme", firstIsEarlier ? last : first);
        List<ReadEntry> read = Partition.readNew(consumer);

        Partition.fold(consumer, firstIsEarlier ? read.getFirst() : read.getLast());
        Partition.fold(consumer, firstIsEarlier ? read.getLast() : read.getFirst());

        Gauge.Delta total = (Gauge.Delta) partition.stored("acme", first).total();
        assertThat(total.value()).as(rule).isEqualTo(winner);
    }

    @Test
    void gauge_ofTheGreatestIndexWins_whenARequestIsSplit() {
        FoldConnection consumer = partition.consumer("worker");
        long millis = redis.nowMillis();
        // Two entries of one request cannot have one id, so the index decides only within an entry.
        partition.append(
                new EntryId(5, 0),
                "acme",
                gauge(3, "queue_depth", "", 3, millis),
                gauge(1, "queue_depth", "", 1, millis));

        Partition.fold(consumer, Partition.readNew(consumer));

        Gauge.Delta total = (Gauge.Delta)
                partition.stored("acme", gauge("queue_depth", "", 0)).total();
        assertThat(total.value()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, Integer.MAX_VALUE - 1})
    void gauge_comparesTheIndexToo_whenAllElseIsEqual(int index) {
        FoldConnection consumer = partition.consumer("worker");
        Sample pushed = gauge(1, "queue_depth", "", 1, 1_000);
        Gauge.Delta before = new Gauge.Delta();
        before.set(2, 1_000, new EntryId(5, 0), index);
        partition.store("acme", pushed, value('g', 1, 1, before));
        partition.append(new EntryId(5, 0), "acme", pushed);

        Partition.fold(consumer, Partition.readNew(consumer));

        Gauge.Delta total = (Gauge.Delta) partition.stored("acme", pushed).total();
        assertThat(total.value()).isEqualTo(index < 1 ? 1 : 2);
    }

    // ---- times of a series

    static Stream<Sample> kinds() {
        return Stream.of(
                counter("orders_total", "a=\"1\"", 1),
                gauge("queue_depth", "a=\"1\"", 1),
                histogram("seconds", "a=\"1\"", 1),
                summary("bytes", "a=\"1\"", 1));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void series_startsAtRedisTime_whenRegisteredOnly(Sample sample) {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", sample);
        String registered = new String(partition.storedBytes("acme", sample), StandardCharsets.US_ASCII);
        long before = redis.nowMillis();

        Partition.fold(consumer, Partition.readNew(consumer));

        StoredSeries stored = partition.stored("acme", sample);
        assertThat(registered).isEqualTo("r");
        assertThat(stored.created().toEpochMilli()).isBetween(before, redis.nowMillis());
        assertThat(stored.updatedSeconds()).isBetween(before / 1_000, redis.nowMillis() / 1_000);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void series_startsAgain_whenItWasDeletedMeanwhile(Sample sample) {
        FoldConnection consumer = partition.consumer("worker");
        partition.foldAfterAdmitting(consumer, sample);
        partition.admit("acme", sample);
        redis.command("DEL", Partition.keyOf("acme", sample));
        long before = redis.nowMillis();

        List<ReadEntry> read = Partition.readNew(consumer);
        Partition.fold(consumer, read);

        StoredSeries stored = partition.stored("acme", sample);
        FoldBatch alone = Partition.batch(read);
        assertThat(stored.created().toEpochMilli()).isGreaterThanOrEqualTo(before);
        assertThat(stored.total().packed()).isEqualTo(onlyDelta(alone).packed());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void series_keepsItsCreation_andMovesItsLastFold_whenFoldedAgain(Sample sample) {
        FoldConnection consumer = partition.consumer("worker");
        partition.foldAfterAdmitting(consumer, sample);
        byte[] longAgo = partition.storedBytes("acme", sample);
        ByteBuffer.wrap(longAgo).putDouble(1, 1_234_567_890_123.0).putInt(9, 1_234_567_891);
        partition.store("acme", sample, longAgo);
        long before = redis.nowMillis();

        partition.foldAfterAdmitting(consumer, sample);

        StoredSeries stored = partition.stored("acme", sample);
        assertThat(stored.created()).isEqualTo(Instant.ofEpochMilli(1_234_567_890_123L));
        assertThat(stored.updatedSeconds()).isBetween(before / 1_000, redis.nowMillis() / 1_000);
    }

    // ---- the end of the range

    private static final double MAX = Double.MAX_VALUE;

    static Stream<Arguments> saturations() {
        Sample counter = counter("orders_total", "", MAX);
        Sample up = histogram("seconds", "", MAX);
        Sample down = histogram("seconds", "", -MAX);
        Sample summaryUp = summary("bytes", "", MAX);
        return Stream.of(
                arguments(counter, counter, 1, MAX),
                arguments(counter, counter("orders_total", "", MAX / 2), 1, MAX),
                arguments(counter("orders_total", "", 1), counter("orders_total", "", 2), 0, 3.0),
                arguments(up, up, 1, MAX),
                arguments(down, down, 1, -MAX),
                arguments(up, down, 0, 0.0),
                arguments(summaryUp, summaryUp, 1, MAX),
                arguments(summary("bytes", "", -MAX), summary("bytes", "", -MAX), 1, -MAX));
    }

    @ParameterizedTest
    @MethodSource("saturations")
    void sum_staysAtItsGreatestValueAndIsCounted_whenItWouldOverflow(
            Sample first, Sample second, int saturated, double sum) {
        FoldConnection consumer = partition.consumer("worker");
        partition.foldAfterAdmitting(consumer, first);
        long before = partition.count("saturated");

        FoldAnswer answer = partition.foldAfterAdmitting(consumer, second);

        assertThat(answer).isEqualTo(new FoldAnswer.Folded(saturated));
        assertThat(partition.count("saturated") - before).isEqualTo(saturated);
        assertThat(sumOf(partition.stored("acme", first).total())).isEqualTo(sum);
    }

    @Test
    void sum_isCounted_whenItOverflowsWithinABatch() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", counter("orders_total", "", MAX));

        FoldAnswer answer = partition.foldAfterAdmitting(consumer, counter("orders_total", "", MAX));

        assertThat(answer).isEqualTo(new FoldAnswer.Folded(1));
        assertThat(partition.count("saturated")).isEqualTo(1);
        assertThat(sumOf(
                        partition.stored("acme", counter("orders_total", "", 0)).total()))
                .isEqualTo(MAX);
    }

    @Test
    void saturations_addUp_overSeriesAndCalls() {
        FoldConnection consumer = partition.consumer("worker");
        Sample[] samples = {
            counter("orders_total", "a=\"1\"", MAX), counter("orders_total", "a=\"2\"", MAX), counter("b_total", "", 1)
        };
        partition.foldAfterAdmitting(consumer, samples);
        long atFirst = partition.count("saturated");
        partition.foldAfterAdmitting(consumer, samples);

        FoldAnswer answer = partition.foldAfterAdmitting(consumer, samples);

        assertThat(answer).isEqualTo(new FoldAnswer.Folded(2));
        assertThat(partition.count("saturated") - atFirst).isEqualTo(4);
    }

    @Test
    void bucketCount_staysAtTheLastExactIntegerAndIsCounted_whenItWouldPassIt() {
        FoldConnection consumer = partition.consumer("worker");
        long most = (long) MAX_COUNT;
        partition.foldAfterAdmitting(consumer, histogramCounts("seconds", "", 1, most - 2, 7, most));

        FoldAnswer first = partition.foldAfterAdmitting(consumer, histogramCounts("seconds", "", 1, 1, 1, 0));
        FoldAnswer second = partition.foldAfterAdmitting(consumer, histogramCounts("seconds", "", 1, 1, 1, 1));

        Histogram.Delta total = (Histogram.Delta)
                partition.stored("acme", histogram("seconds", "", 1)).total();
        assertThat(first).isEqualTo(new FoldAnswer.Folded(0));
        assertThat(second).isEqualTo(new FoldAnswer.Folded(2));
        assertThat(List.of(total.count(0), total.count(1), total.count(2)))
                .isEqualTo(List.of(MAX_COUNT, 9.0, MAX_COUNT));
        assertThat(total.sum()).isEqualTo(3);
    }

    @Test
    void sketchCounts_stayAtTheirGreatestValue_whenTheyWouldWrap() {
        FoldConnection consumer = partition.consumer("worker");
        Sample sample = summary("bytes", "", 0, 8, 8, -8);
        partition.foldAfterAdmitting(consumer, sample);
        byte[] almostFull = partition.storedBytes("acme", sample);
        int zeros = 13 + 26 + 8 + 16;
        int positive = zeros + 4 + 2 + 4;
        ByteBuffer.wrap(almostFull).putInt(zeros, -1).putInt(positive, -2); // unsigned
        partition.store("acme", sample, almostFull);

        partition.foldAfterAdmitting(consumer, sample);

        ByteBuffer full = ByteBuffer.wrap(partition.storedBytes("acme", sample));
        assertThat(full.getInt(zeros)).isEqualTo(-1);
        assertThat(full.getInt(positive)).isEqualTo(-1);
        assertThat(full.getInt(positive + 4 + 2 + 4)).isEqualTo(2); // the negative value's bin
    }

    private static double sumOf(SeriesDelta total) {
        return switch (total) {
            case Counter.Delta counter -> counter.value();
            case Histogram.Delta histogram -> histogram.sum();
            case Summary.Delta summary -> summary.sum();
            default -> throw new IllegalArgumentException("no sum");
        };
    }

    // ---- the window of summaries

    @Test
    void summary_onlyCountsAndSums_whenTheSampleIsOlderThanTheWindow() {
        FoldConnection consumer = partition.consumer("worker");
        long oldestEpoch = oldestEpochOfAFreshSlot();
        Sample sample = summary("bytes", "", 8);
        partition.append(startOf(oldestEpoch - 1), "acme", sample);
        partition.append(startOf(oldestEpoch), "acme", summary("bytes", "", 32));

        Partition.fold(consumer, Partition.readNew(consumer));

        Summary.Delta total = (Summary.Delta) partition.stored("acme", sample).total();
        assertThat(total.count()).isEqualTo(2);
        assertThat(total.sum()).isEqualTo(40);
        assertThat(slotsOf(total)).isEqualTo(1);
        assertThat(total.quantiles(MEDIAN, redis.nowMillis())[0]).isCloseTo(32, within(0.32));
    }

    @Test
    void summary_dropsSlots_whenTheyHaveLeftTheWindow() {
        FoldConnection consumer = partition.consumer("worker");
        long oldestEpoch = oldestEpochOfAFreshSlot();
        Sample sample = summary("bytes", "", 8);
        Summary.Delta before = new Summary.Delta(Quantiles.NONE);
        before.observe(100, startOf(oldestEpoch - 2).millis());
        before.observe(200, startOf(oldestEpoch - 1).millis());
        before.observe(300, startOf(oldestEpoch).millis());
        before.observe(400, startOf(oldestEpoch + 3).millis());
        partition.store("acme", sample, value('S', 1, 1, before));

        partition.foldAfterAdmitting(consumer, sample);

        Summary.Delta expected = new Summary.Delta(Quantiles.NONE);
        expected.observe(300, startOf(oldestEpoch).millis());
        expected.observe(400, startOf(oldestEpoch + 3).millis());
        expected.observe(8, redis.nowMillis());
        Summary.Delta total = (Summary.Delta) partition.stored("acme", sample).total();
        assertThat(total.sum()).isEqualTo(1_008);
        assertThat(total.count()).isEqualTo(5);
        assertThat(afterCount(total)).isEqualTo(afterCount(expected));
    }

    @Test
    void summary_mergesIntoTheSlotOfItsAdmission_whenFoldedLate() {
        FoldConnection consumer = partition.consumer("worker");
        long oldestEpoch = oldestEpochOfAFreshSlot();
        Sample sample = summary("bytes", "", 8);
        partition.append(startOf(oldestEpoch), "acme", sample);
        partition.append(startOf(oldestEpoch + 2), "acme", sample);
        partition.append(startOf(oldestEpoch + 4), "acme", sample);
        List<ReadEntry> read = Partition.readNew(consumer);

        Partition.fold(consumer, read.get(2));
        Partition.fold(consumer, read.get(0));
        Partition.fold(consumer, read.get(1));

        byte[] total = partition.stored("acme", sample).total().packed();
        assertThat(total).isEqualTo(onlyDelta(Partition.batch(read)).packed());
    }

    @Test
    void summary_keepsASlotAhead_whenRedisClockSteppedBack() {
        FoldConnection consumer = partition.consumer("worker");
        Sample sample = summary("bytes", "", 8);
        partition.append(new EntryId(redis.nowMillis() + Duration.ofHours(1).toMillis(), 0), "acme", sample);

        Partition.fold(consumer, Partition.readNew(consumer));

        assertThat(slotsOf((Summary.Delta) partition.stored("acme", sample).total()))
                .isEqualTo(1);
    }

    /** The epoch of the window's oldest slot; it stays that for at least five seconds. */
    private long oldestEpochOfAFreshSlot() {
        long slotMillis = Summary.SLOT.toMillis();
        Await.until(Duration.ofSeconds(10), () -> slotMillis - redis.nowMillis() % slotMillis > 5_000);
        return Summary.epochOf(redis.nowMillis()) - Summary.WINDOW_SLOTS + 1;
    }

    private static EntryId startOf(long epoch) {
        return new EntryId(epoch * Summary.SLOT.toMillis(), 0);
    }

    private static int slotsOf(Summary.Delta total) {
        return ByteBuffer.wrap(total.packed()).getShort(3 * Double.BYTES);
    }

    private static byte[] afterCount(Summary.Delta total) {
        byte[] packed = total.packed();
        return Arrays.copyOfRange(packed, 3 * Double.BYTES, packed.length);
    }

    private static SeriesDelta onlyDelta(FoldBatch batch) {
        return batch.tenants()
                .iterator()
                .next()
                .families()
                .iterator()
                .next()
                .series()
                .iterator()
                .next()
                .delta();
    }

    /** A stored value with times of the test's choice. */
    private static byte[] value(char letter, double createdMillis, int updatedSeconds, SeriesDelta total) {
        return ByteBuffer.allocate(StoredSeries.HEADER_LENGTH + total.packedLength())
                .put((byte) letter)
                .putDouble(createdMillis)
                .putInt(updatedSeconds)
                .put(total.packed())
                .array();
    }
}
