package dev.streamgauge.core.entry;

import static dev.streamgauge.core.SampleArbitraries.family;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.streamgauge.core.SampleArbitraries;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.aggregation.SeriesDeltaTest;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.entry.EntryReader.EntryFamily;
import dev.streamgauge.core.entry.FoldBatch.FamilyDeltas;
import dev.streamgauge.core.entry.FoldBatch.TenantDeltas;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class FoldBatchTest {

    private static final long NOON = 1_763_726_400_000L;
    private static final TenantId SHOP = new TenantId("shop");
    private static final TenantId BANK = new TenantId("bank");

    private static final Family ORDERS = family("orders_total", Counter.INSTANCE);
    private static final Family DEPTH = family("queue_depth", Gauge.INSTANCE);
    private static final BucketLayout LAYOUT = BucketLayout.of(-1, 0.5, 1024).orElseThrow();
    private static final Family SECONDS = family("request_seconds", new Histogram(LAYOUT));
    private static final Family BYTES = family("payload_bytes", Summary.WITHOUT_QUANTILES);

    /** A sample with where it stands in the stream. */
    record Admitted(TenantId tenant, EntryId position, Sample sample) {

        SeriesKey key() {
            return new SeriesKey(tenant, sample.family().name(), sample.labels());
        }
    }

    record SeriesKey(TenantId tenant, String family, CanonicalLabels labels) {}

    @Provide
    Arbitrary<List<Admitted>> dyadic() {
        return admitted(SampleArbitraries.dyadics());
    }

    @Provide
    Arbitrary<List<Admitted>> finite() {
        return admitted(SampleArbitraries.finites());
    }

    /** Two tenants, six requests of each over several slots, four families of two series. */
    private static Arbitrary<List<Admitted>> admitted(Arbitrary<Double> numbers) {
        Arbitrary<CanonicalLabels> labels =
                Arbitraries.of(CanonicalLabels.NONE, SampleArbitraries.canonicalLabels(Map.of("region", "eu")));
        Arbitrary<Long> timestamps = Arbitraries.of(Sample.NO_TIMESTAMP, NOON, NOON + 60_000);
        Arbitrary<List<Sample>> samples = SampleArbitraries.requests(
                Arbitraries.just(List.of(ORDERS, DEPTH, SECONDS, BYTES)), labels, numbers, timestamps);
        Arbitrary<List<Integer>> requests =
                Arbitraries.integers().between(0, 11).list().ofSize(SampleArbitraries.MAX_SAMPLES);
        return Combinators.combine(samples, requests)
                .as(FoldBatchTest::admitted)
                .withoutEdgeCases();
    }

    private static List<Admitted> admitted(List<Sample> samples, List<Integer> requests) {
        return samples.stream()
                .map(sample -> {
                    int request = requests.get(sample.index());
                    EntryId position = new EntryId(NOON + request / 4 * 60_000L, request);
                    return new Admitted(request % 2 == 0 ? SHOP : BANK, position, sample);
                })
                .toList();
    }

    @Property
    void add_isExact_whenValuesAreDyadicInAnySplitAndOrder(
            @ForAll("dyadic") List<Admitted> admitted, @ForAll Random random) throws MalformedEntryException {
        Map<SeriesKey, SeriesDelta> oneByOne = addOneByOne(admitted);

        Map<SeriesKey, SeriesDelta> folded = foldInPieces(admitted, random);

        assertThat(folded.keySet()).isEqualTo(oneByOne.keySet());
        oneByOne.forEach((key, expected) -> assertThat(folded.get(key).packed()).isEqualTo(expected.packed()));
    }

    @Property
    void add_keepsSumsCloseAndTheRestExact_whenValuesAreAnyInAnySplitAndOrder(
            @ForAll("finite") List<Admitted> admitted, @ForAll Random random) throws MalformedEntryException {
        Map<SeriesKey, SeriesDelta> oneByOne = addOneByOne(admitted);

        Map<SeriesKey, SeriesDelta> folded = foldInPieces(admitted, random);

        Map<SeriesKey, Double> magnitudes = admitted.stream()
                .collect(Collectors.groupingBy(Admitted::key, Collectors.summingDouble(FoldBatchTest::magnitude)));
        assertThat(folded.keySet()).isEqualTo(oneByOne.keySet());
        oneByOne.forEach(
                (key, expected) -> SeriesDeltaTest.assertAlike(folded.get(key), expected, magnitudes.get(key)));
    }

    @Property(tries = 50)
    void samplesAndEntries_countWhatWasAdded(@ForAll("dyadic") List<Admitted> admitted, @ForAll Random random)
            throws MalformedEntryException {
        FoldBatch batch = new FoldBatch();
        List<Entry> entries = entries(admitted, random);

        addAll(batch, entries);

        assertThat(batch.entries())
                .isEqualTo(entries.stream().map(Entry::position).toList());
        for (TenantDeltas tenant : batch.tenants()) {
            assertThat(tenant.samples())
                    .isEqualTo(admitted.stream()
                            .filter(each -> each.tenant().equals(tenant.tenant()))
                            .count());
            assertThat(tenant.entries())
                    .isEqualTo(entries.stream()
                            .filter(entry -> entry.tenant().equals(tenant.tenant()))
                            .count());
        }
    }

    @Test
    void weight_growsWithSeriesBucketsAndSummariesValues() throws MalformedEntryException {
        FoldBatch batch = new FoldBatch();
        Family wide = new Family(
                "wide_seconds",
                "",
                "",
                new Histogram(
                        BucketLayout.of(IntStream.range(0, 17).asDoubleStream().toArray())
                                .orElseThrow()));
        List<Sample> samples = List.of(
                sample(0, ORDERS, new SampleValue.Scalar(1)),
                sample(1, ORDERS, new SampleValue.Scalar(1)),
                sample(2, DEPTH, new SampleValue.Scalar(1)),
                sample(3, SECONDS, new SampleValue.Observations(new double[] {1, 2, 3})),
                sample(4, SECONDS, new SampleValue.BucketCounts(LAYOUT, new long[] {1, 2, 3, 4}, 5)),
                sample(5, wide, new SampleValue.Observations(new double[] {1, 2, 3})),
                sample(6, BYTES, new SampleValue.Observations(new double[] {1, 2, 3})));

        addRequest(batch, SHOP, new EntryId(NOON, 0), samples);

        int counter = 1;
        int gauge = 1;
        int histogramOf4Buckets = 1 + 1;
        int histogramOf18Buckets = 1 + 18 / 6;
        int summary = 4 + 2 * 3;
        assertThat(batch.weight()).isEqualTo(counter + gauge + histogramOf4Buckets + histogramOf18Buckets + summary);
    }

    @Test
    void weight_growsWithTheLabels_onceASeries() throws MalformedEntryException {
        FoldBatch batch = new FoldBatch();
        CanonicalLabels long1 = SampleArbitraries.canonicalLabels(Map.of("a", "x".repeat(1_996)));
        CanonicalLabels long2 = SampleArbitraries.canonicalLabels(Map.of("b", "x".repeat(1_996)));

        for (int i = 0; i < 10; i++) {
            addRequest(
                    batch,
                    SHOP,
                    new EntryId(NOON, i),
                    List.of(
                            new Sample(0, ORDERS, long1, new SampleValue.Scalar(1), Sample.NO_TIMESTAMP),
                            new Sample(1, ORDERS, long2, new SampleValue.Scalar(1), Sample.NO_TIMESTAMP)));
        }

        assertThat(batch.weight()).isEqualTo(2 + 4_000 / 300);
    }

    @Test
    void add_ordersGaugesByAdmission_whenTheyHaveNoTimestamp() throws MalformedEntryException {
        FoldBatch batch = new FoldBatch();
        Sample stamped = new Sample(0, DEPTH, CanonicalLabels.NONE, new SampleValue.Scalar(1), NOON + 1);
        Sample unstamped = sample(0, DEPTH, new SampleValue.Scalar(2));

        addRequest(batch, SHOP, new EntryId(NOON + 2, 0), List.of(unstamped));
        addRequest(batch, SHOP, new EntryId(NOON + 9, 0), List.of(stamped));

        assertThat(onlyDelta(batch))
                .isInstanceOfSatisfying(
                        Gauge.Delta.class, gauge -> assertThat(gauge.value()).isEqualTo(2));
    }

    @Test
    void add_putsSummariesIntoTheSlotOfTheirAdmission() throws MalformedEntryException {
        FoldBatch batch = new FoldBatch();
        Sample old = new Sample(
                0, BYTES, CanonicalLabels.NONE, new SampleValue.Observations(new double[] {512}), NOON - 3_600_000);

        addRequest(batch, SHOP, new EntryId(NOON, 0), List.of(old));

        Summary.Delta expected = new Summary.Delta(Quantiles.NONE);
        expected.observe(512, NOON);
        assertThat(onlyDelta(batch).packed()).isEqualTo(expected.packed());
    }

    @Test
    void families_carryWhatTheyWereAdmittedUnder() throws MalformedEntryException {
        FoldBatch batch = new FoldBatch();
        Sample sample = sample(0, SECONDS, new SampleValue.Observations(new double[] {1}));

        addRequest(batch, SHOP, new EntryId(NOON, 0), List.of(sample));

        FamilyDeltas deltas =
                batch.tenants().iterator().next().families().iterator().next();
        assertThat(deltas.family()).isEqualTo(new EntryFamily("request_seconds", new Histogram(LAYOUT)));
    }

    /** {@link EntryWriter} writes no such entry; the fold script need not know a family to which nothing is added. */
    @Test
    void families_areLeftOut_whenAnEntryHasNoSampleOfThem() throws MalformedEntryException {
        FoldBatch batch = new FoldBatch();
        byte[] entry = {EntryWriter.VERSION, 4, 's', 'h', 'o', 'p', 0, 1, 1, 'a', (byte) Counter.INSTANCE.code()};

        batch.add(new EntryId(NOON, 0), entry);

        assertThat(batch.tenants())
                .singleElement()
                .satisfies(tenant -> assertThat(tenant.families()).isEmpty());
    }

    @Test
    void add_rejects_whenEntriesOfATenantContradictEachOther() throws MalformedEntryException {
        Family otherType = family("request_seconds", Summary.WITHOUT_QUANTILES);
        Family otherLayout = family("request_seconds", Histogram.DEFAULT);
        Sample first = sample(0, SECONDS, new SampleValue.Observations(new double[] {1}));

        for (Family contradicting : List.of(otherType, otherLayout)) {
            FoldBatch batch = new FoldBatch();
            addRequest(batch, SHOP, new EntryId(NOON, 0), List.of(first));
            Sample second = sample(0, contradicting, new SampleValue.Observations(new double[] {1}));

            addRequest(batch, BANK, new EntryId(NOON, 1), List.of(second));
            assertThatExceptionOfType(MalformedEntryException.class)
                    .isThrownBy(() -> addRequest(batch, SHOP, new EntryId(NOON, 2), List.of(second)))
                    .withMessage("type or layout contradicts another entry");
        }
    }

    @Test
    void add_rejects_whenTheHeaderIsUnreadable() {
        FoldBatch batch = new FoldBatch();

        assertThatExceptionOfType(MalformedEntryException.class)
                .isThrownBy(() -> batch.add(new EntryId(NOON, 0), new byte[] {99}))
                .withMessage("unreadable header");
    }

    private static Sample sample(int index, Family family, SampleValue value) {
        return new Sample(index, family, CanonicalLabels.NONE, value, Sample.NO_TIMESTAMP);
    }

    private static void addRequest(FoldBatch batch, TenantId tenant, EntryId position, List<Sample> samples)
            throws MalformedEntryException {
        for (byte[] entry : EntryWriter.encode(tenant, samples)) {
            batch.add(position, entry);
        }
    }

    private static SeriesDelta onlyDelta(FoldBatch batch) {
        return seriesOf(batch).values().iterator().next();
    }

    private static double magnitude(Admitted admitted) {
        return switch (admitted.sample().value()) {
            case SampleValue.Scalar(double value) -> Math.abs(value);
            case SampleValue.Observations(double[] values) ->
                DoubleStream.of(values).map(Math::abs).sum();
            case SampleValue.BucketCounts counts -> Math.abs(counts.sum());
        };
    }

    /** What must come out, without entries and batches: each sample added to its series, in the order of the list. */
    private static Map<SeriesKey, SeriesDelta> addOneByOne(List<Admitted> admitted) {
        Map<SeriesKey, SeriesDelta> series = new HashMap<>();
        for (Admitted each : admitted) {
            SeriesDelta delta = series.computeIfAbsent(
                    each.key(), key -> each.sample().family().aggregation().newDelta());
            RecordedSamples.add(delta, each.sample(), each.position());
        }
        return series;
    }

    /** An entry as it comes from the stream. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Entry(TenantId tenant, EntryId position, byte[] bytes) {}

    /** Several aggregators fold entries of any size in any order; their deltas are then merged in any order. */
    private static Map<SeriesKey, SeriesDelta> foldInPieces(List<Admitted> admitted, Random random)
            throws MalformedEntryException {
        List<FoldBatch> batches = new ArrayList<>();
        IntStream.range(0, 1 + random.nextInt(3)).forEach(aggregator -> batches.add(new FoldBatch()));
        for (Entry entry : entries(admitted, random)) {
            batches.get(random.nextInt(batches.size())).add(entry.position(), entry.bytes());
        }
        Map<SeriesKey, SeriesDelta> sum = new HashMap<>();
        for (FoldBatch batch : batches) {
            seriesOf(batch).forEach((key, delta) -> {
                SeriesDelta before = sum.putIfAbsent(key, delta);
                if (before != null) {
                    before.merge(delta);
                }
            });
        }
        return sum;
    }

    private static void addAll(FoldBatch batch, List<Entry> entries) throws MalformedEntryException {
        for (Entry entry : entries) {
            batch.add(entry.position(), entry.bytes());
        }
    }

    /** The samples of each position shuffled, and cut into entries at random; then all entries shuffled. */
    private static List<Entry> entries(List<Admitted> admitted, Random random) {
        Map<EntryId, List<Admitted>> byPosition = admitted.stream().collect(Collectors.groupingBy(Admitted::position));
        List<Entry> entries = new ArrayList<>();
        byPosition.forEach((position, together) -> {
            List<Admitted> shuffled = new ArrayList<>(together);
            Collections.shuffle(shuffled, random);
            TenantId tenant = together.getFirst().tenant();
            int from = 0;
            while (from < shuffled.size()) {
                int to = from + 1 + random.nextInt(shuffled.size() - from);
                List<Sample> piece = shuffled.subList(from, to).stream()
                        .map(Admitted::sample)
                        .toList();
                EntryWriter.encode(tenant, piece).forEach(bytes -> entries.add(new Entry(tenant, position, bytes)));
                from = to;
            }
        });
        Collections.shuffle(entries, random);
        return entries;
    }

    private static Map<SeriesKey, SeriesDelta> seriesOf(FoldBatch batch) {
        Map<SeriesKey, SeriesDelta> series = new HashMap<>();
        for (TenantDeltas tenant : batch.tenants()) {
            for (FamilyDeltas family : tenant.families()) {
                family.series()
                        .forEach(each -> series.put(
                                new SeriesKey(tenant.tenant(), family.family().name(), each.labels()), each.delta()));
            }
        }
        return series;
    }
}
