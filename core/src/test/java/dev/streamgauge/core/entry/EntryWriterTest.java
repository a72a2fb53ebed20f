package dev.streamgauge.core.entry;

import static dev.streamgauge.core.SampleArbitraries.canonicalLabels;
import static dev.streamgauge.core.SampleArbitraries.family;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.streamgauge.core.SampleArbitraries;
import dev.streamgauge.core.aggregation.AggregationKinds;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.entry.RecordedSamples.Recorded;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EntryWriterTest {

    private static final TenantId SHOP = new TenantId("shop");
    private static final BucketLayout LAYOUT = BucketLayout.of(0.5, 1).orElseThrow();
    private static final Family ORDERS = family("orders_total", Counter.INSTANCE);
    private static final Family DEPTH = family("queue_depth", Gauge.INSTANCE);
    private static final Family BYTES = family("payload_bytes", Summary.WITHOUT_QUANTILES);
    private static final Family SECONDS = new Family("request_seconds", "", "", new Histogram(LAYOUT));

    @Provide
    Arbitrary<List<Sample>> requests() {
        return SampleArbitraries.requests(SampleArbitraries.finites());
    }

    @Property
    void encode_readsBackAsWritten_whenRequestIsAny(@ForAll("requests") List<Sample> request)
            throws MalformedEntryException {
        List<byte[]> entries = EntryWriter.encode(SHOP, request);

        assertThat(readAll(entries))
                .isEqualTo(request.stream().map(Recorded::of).toList());
        assertThat(entries).allMatch(entry -> EntryReader.version(entry) == EntryWriter.VERSION);
        assertThat(entries)
                .map(EntryReader::header)
                .map(Optional::orElseThrow)
                .allMatch(header -> header.tenant().equals(SHOP))
                .map(EntryReader.Header::samples)
                .satisfies(samples -> assertThat(
                                samples.stream().mapToInt(Integer::intValue).sum())
                        .isEqualTo(request.size()));
    }

    @Test
    void encode_splitsAndReadsBackInOrder_whenRequestHasTenThousandSamples() throws MalformedEntryException {
        List<Sample> request = IntStream.range(0, 10_000)
                .mapToObj(index -> switch (index % 3) {
                    case 0 -> sample(index, ORDERS, new SampleValue.Scalar(index));
                    case 1 -> sample(index, DEPTH, new SampleValue.Scalar(-index));
                    default -> sample(index, SECONDS, new SampleValue.Observations(new double[] {index, 1}));
                })
                .toList();

        List<byte[]> entries = EntryWriter.encode(SHOP, request);

        assertThat(readAll(entries))
                .isEqualTo(request.stream().map(Recorded::of).toList());
        // A counter and a gauge of 1 unit each, and a histogram of 3 buckets of 2.
        assertThat(entries).hasSize(14);
        assertThat(entries).extracting(entry -> entry.length).allMatch(length -> length < EntryWriter.MAX_BYTES);
    }

    static Stream<Arguments> unitsOfSamples() {
        int buckets = LAYOUT.bucketCount();
        double[] values = new double[12];
        return Stream.of(
                arguments(sample(0, ORDERS, new SampleValue.Scalar(1)), 1),
                arguments(sample(0, DEPTH, new SampleValue.Scalar(1)), 1),
                arguments(sample(0, SECONDS, new SampleValue.Observations(new double[2])), 2),
                arguments(sample(0, SECONDS, new SampleValue.BucketCounts(LAYOUT, new long[buckets], 0)), 2),
                arguments(sample(0, BYTES, new SampleValue.Observations(values)), 4 + 2 * 12));
    }

    @ParameterizedTest
    @MethodSource("unitsOfSamples")
    void encode_goesOnInTheNextEntry_whenUnitsReachTheLimit(Sample sample, int units) {
        int most = EntryWriter.MAX_UNITS / units;
        List<byte[]> one = EntryWriter.encode(SHOP, Collections.nCopies(most, sample));
        List<byte[]> two = EntryWriter.encode(SHOP, Collections.nCopies(most + 1, sample));

        assertThat(one).hasSize(1);
        assertThat(two).hasSize(2);
        assertThat(EntryReader.header(two.get(0))).contains(new EntryReader.Header(SHOP, most));
        assertThat(EntryReader.header(two.get(1))).contains(new EntryReader.Header(SHOP, 1));
    }

    /** What the labels of one entry have in common is written once, but folded for each series. */
    @Test
    void encode_goesOnInTheNextEntry_whenLabelsReachTheLimit() {
        List<Sample> request = IntStream.range(0, 500)
                .mapToObj(index -> new Sample(
                        index,
                        ORDERS,
                        canonicalLabels(Map.of("a", "x".repeat(2_991) + (10_000 + index))),
                        new SampleValue.Scalar(index),
                        Sample.NO_TIMESTAMP))
                .toList();

        List<byte[]> entries = EntryWriter.encode(SHOP, request);

        int unitsOfASample = 1 + 3_000 / 300;
        assertThat(EntryReader.header(entries.getFirst()))
                .contains(new EntryReader.Header(SHOP, EntryWriter.MAX_UNITS / unitsOfASample));
    }

    @Test
    void encode_goesOnInTheNextEntry_whenItWouldCostTooMuchIfItsSummariesWereFull() {
        int most = FoldUnits.MAX_PER_CALL / (BYTES.aggregation().fullValueUnits() + 4 + 2);
        List<Sample> request = IntStream.range(0, most + 1)
                .mapToObj(index -> new Sample(
                        index,
                        BYTES,
                        canonicalLabels(Map.of("a", "" + index)),
                        new SampleValue.Observations(new double[] {1}),
                        Sample.NO_TIMESTAMP))
                .toList();
        List<Sample> again = new ArrayList<>(request.subList(0, most));
        again.addAll(again.reversed());
        again.add(sample(0, ORDERS, new SampleValue.Scalar(1)));

        List<byte[]> oneMore = EntryWriter.encode(SHOP, request);
        List<byte[]> sameSeries = EntryWriter.encode(SHOP, again);

        assertThat(oneMore).hasSize(2);
        assertThat(EntryReader.header(oneMore.get(1))).contains(new EntryReader.Header(SHOP, 1));
        assertThat(sameSeries).hasSize(1);
    }

    @Test
    void encode_givesASampleAnEntryOfItsOwn_whenItReachesTheLimitAlone() {
        Sample many = sample(0, BYTES, new SampleValue.Observations(new double[EntryWriter.MAX_UNITS]));

        List<byte[]> entries =
                EntryWriter.encode(SHOP, List.of(sample(0, ORDERS, new SampleValue.Scalar(1)), many, many));

        assertThat(entries).hasSize(3);
    }

    @Test
    void encode_goesOnInTheNextEntry_whenBytesReachTheLimit() throws MalformedEntryException {
        List<Sample> request = IntStream.range(0, 100)
                .mapToObj(index -> new Sample(
                        index,
                        ORDERS,
                        canonicalLabels(Map.of("a", index + "x".repeat(2000))),
                        new SampleValue.Scalar(index),
                        Sample.NO_TIMESTAMP))
                .toList();

        List<byte[]> entries = EntryWriter.encode(SHOP, request);

        assertThat(readAll(entries))
                .isEqualTo(request.stream().map(Recorded::of).toList());
        assertThat(entries)
                .extracting(entry -> entry.length)
                .hasSize(4)
                .allMatch(length -> length < EntryWriter.MAX_BYTES + 3000);
    }

    @Test
    void encode_givesNoEntry_whenThereIsNoSample() {
        assertThat(EntryWriter.encode(SHOP, List.of())).isEmpty();
    }

    /** Other releases read these bytes. */
    @Test
    void encode_laysOutTheEntry_asVersionOneIs() {
        CanonicalLabels eu = canonicalLabels(Map.of("region", "eu"));
        CanonicalLabels us = canonicalLabels(Map.of("region", "us"));
        List<Sample> request = List.of(
                new Sample(0, ORDERS, eu, new SampleValue.Scalar(1), Sample.NO_TIMESTAMP),
                new Sample(1, DEPTH, us, new SampleValue.Scalar(7), 1_763_700_000_000L),
                new Sample(300, DEPTH, us, new SampleValue.Scalar(-7), Sample.NO_TIMESTAMP),
                new Sample(3, SECONDS, eu, new SampleValue.Observations(new double[] {0.5, 2}), 0),
                new Sample(4, SECONDS, eu, new SampleValue.BucketCounts(LAYOUT, new long[] {1, 0, 128}, 4), 0),
                new Sample(5, BYTES, CanonicalLabels.NONE, new SampleValue.Observations(new double[] {512}), 0));

        byte[] entry = EntryWriter.encode(SHOP, request).getFirst();

        assertThat(HexFormat.of().formatHex(entry)).isEqualTo("""
                01
                04 73686f70
                06
                04
                0c 6f72646572735f746f74616c 63
                0b 71756575655f6465707468 67
                0f 726571756573745f7365636f6e6473 68 02 3fe0000000000000 3ff0000000000000
                0d 7061796c6f61645f6279746573 73
                00 00 0b 726567696f6e3d22657522 3ff0000000000000
                01 08 03 757322 01 818ad9a5aa33 401c000000000000
                01 0b 00 ac02 00 c01c000000000000
                02 08 03 657522 02 3fe0000000000000 4000000000000000
                02 0b 00 00 4010000000000000 01 00 8001
                03 00 00 01 4080000000000000
                """.replaceAll("\\s", ""));
    }

    @Test
    void encode_rejects_whenValueIsOfAnotherKind() {
        List<Sample> contradicting = List.of(
                sample(0, ORDERS, new SampleValue.Observations(new double[] {1})),
                sample(0, DEPTH, new SampleValue.Observations(new double[] {1})),
                sample(0, SECONDS, new SampleValue.Scalar(1)),
                sample(0, BYTES, new SampleValue.Scalar(1)),
                sample(0, BYTES, new SampleValue.BucketCounts(LAYOUT, new long[] {1, 0, 0}, 0.5)));

        for (Sample sample : contradicting) {
            assertThatIllegalArgumentException().isThrownBy(() -> EntryWriter.encode(SHOP, List.of(sample)));
        }
    }

    private static Sample sample(int index, Family family, SampleValue value) {
        return new Sample(index, family, CanonicalLabels.NONE, value, Sample.NO_TIMESTAMP);
    }

    private static List<Recorded> readAll(List<byte[]> entries) throws MalformedEntryException {
        RecordedSamples recorded = new RecordedSamples();
        for (byte[] entry : entries) {
            EntryReader.read(entry, AggregationKinds.ALL, recorded);
        }
        return recorded.samples();
    }
}
