package dev.streamgauge.core.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.streamgauge.core.SampleArbitraries;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.stream.EntryId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

public class SeriesDeltaTest {

    /** What a sum that is not exact may be off by, relative to the sum of the magnitudes. */
    static final double SUM_TOLERANCE = 1e-12;

    private static final BucketLayout LAYOUT =
            BucketLayout.of(-1, 0.1, 0.5, 1, 1024).orElseThrow();
    /** One of each kind. */
    private static final List<Aggregation> AGGREGATIONS =
            List.of(Counter.INSTANCE, Gauge.INSTANCE, new Histogram(LAYOUT), Summary.WITHOUT_QUANTILES);

    private static final long NOON = 1_763_726_400_000L;

    /** Length of the pair of doubles that the packed form of every kind but the gauge begins with. */
    private static final int PACKED_SUM_LENGTH = 2 * Double.BYTES;

    /** One thing seen, which every kind can make something of. */
    record Seen(double value, long timestampMillis, EntryId position, int index) {

        void addTo(SeriesDelta delta) {
            switch (delta) {
                case Counter.Delta counter -> counter.add(Math.abs(value));
                case Gauge.Delta gauge -> gauge.set(value, timestampMillis, position, index);
                case Histogram.Delta histogram -> addTo(histogram);
                case Summary.Delta summary -> summary.observe(value, position.millis());
                default -> throw new AssertionError(delta);
            }
        }

        private void addTo(Histogram.Delta histogram) {
            if (index % 2 == 0) {
                histogram.observe(value);
            } else {
                histogram.addCount(index % LAYOUT.bucketCount(), index);
                histogram.addSum(value);
            }
        }
    }

    @Provide
    Arbitrary<Aggregation> aggregations() {
        return Arbitraries.of(AGGREGATIONS);
    }

    @Provide
    Arbitrary<List<Seen>> dyadic() {
        return seen(SampleArbitraries.dyadics());
    }

    @Provide
    Arbitrary<List<Seen>> finite() {
        return seen(SampleArbitraries.finites());
    }

    /** Few timestamps and positions, so that they often tie; but no two have position and index in common. */
    private static Arbitrary<List<Seen>> seen(Arbitrary<Double> values) {
        Arbitrary<Long> timestamps = Arbitraries.longs().between(NOON, NOON + 3);
        Arbitrary<EntryId> positions = Combinators.combine(
                        Arbitraries.longs().between(0, 5), Arbitraries.longs().between(0, 2))
                .as((slot, sequence) -> new EntryId(NOON + slot * 60_000, sequence));
        Arbitrary<Integer> indexes = Arbitraries.integers().between(0, 9);
        return Combinators.combine(values, timestamps, positions, indexes)
                .as(Seen::new)
                .list()
                .uniqueElements(seen -> List.of(seen.position(), seen.index()))
                .ofMaxSize(60);
    }

    @Property
    void merge_givesTheSame_whenOperandsAreSwapped(
            @ForAll("aggregations") Aggregation aggregation, @ForAll("finite") List<Seen> seen, @ForAll Random random) {
        List<List<Seen>> parts = split(seen, 2, random);
        SeriesDelta one = sumUp(aggregation, parts.get(0));
        SeriesDelta other = sumUp(aggregation, parts.get(1));

        SeriesDelta oneThenOther = merged(aggregation, one, other);
        SeriesDelta otherThenOne = merged(aggregation, other, one);

        assertThat(oneThenOther.packed()).isEqualTo(otherThenOne.packed());
    }

    @Property
    void merge_givesTheSame_whenGroupedOtherwise(
            @ForAll("aggregations") Aggregation aggregation, @ForAll("dyadic") List<Seen> seen, @ForAll Random random) {
        List<List<Seen>> parts = split(seen, 3, random);
        SeriesDelta one = sumUp(aggregation, parts.get(0));
        SeriesDelta two = sumUp(aggregation, parts.get(1));
        SeriesDelta three = sumUp(aggregation, parts.get(2));

        SeriesDelta firstTwoFirst = merged(aggregation, merged(aggregation, one, two), three);
        SeriesDelta lastTwoFirst = merged(aggregation, one, merged(aggregation, two, three));

        assertThat(firstTwoFirst.packed()).isEqualTo(lastTwoFirst.packed());
    }

    @Property
    void merge_changesNothing_whenEitherIsEmpty(
            @ForAll("aggregations") Aggregation aggregation, @ForAll("finite") List<Seen> seen) {
        SeriesDelta delta = sumUp(aggregation, seen);
        byte[] before = delta.packed();

        SeriesDelta ontoEmpty = merged(aggregation, aggregation.newDelta(), delta);
        delta.merge(aggregation.newDelta());

        assertThat(ontoEmpty.packed()).isEqualTo(before);
        assertThat(delta.packed()).isEqualTo(before);
    }

    @Property
    void merge_leavesTheOtherAsItIs(
            @ForAll("aggregations") Aggregation aggregation, @ForAll("finite") List<Seen> seen) {
        SeriesDelta other = sumUp(aggregation, seen);
        byte[] before = other.packed();
        SeriesDelta delta = merged(aggregation, other);

        seen.forEach(again -> again.addTo(delta));

        assertThat(other.packed()).isEqualTo(before);
    }

    @Property
    void merge_isExact_whenValuesAreDyadicInAnySplitAndOrder(
            @ForAll("aggregations") Aggregation aggregation, @ForAll("dyadic") List<Seen> seen, @ForAll Random random) {
        SeriesDelta oneByOne = sumUp(aggregation, seen);

        SeriesDelta inPieces = sumUpInPieces(aggregation, seen, random);

        assertThat(inPieces.packed()).isEqualTo(oneByOne.packed());
    }

    @Property
    void merge_keepsTheSumCloseAndTheRestExact_whenValuesAreAnyInAnySplitAndOrder(
            @ForAll("aggregations") Aggregation aggregation, @ForAll("finite") List<Seen> seen, @ForAll Random random) {
        SeriesDelta oneByOne = sumUp(aggregation, seen);

        SeriesDelta inPieces = sumUpInPieces(aggregation, seen, random);

        double magnitude =
                seen.stream().mapToDouble(each -> Math.abs(each.value())).sum();
        assertAlike(inPieces, oneByOne, magnitude);
    }

    @Property
    void unpack_givesTheSame_whenPacked(
            @ForAll("aggregations") Aggregation aggregation, @ForAll("finite") List<Seen> seen) {
        SeriesDelta delta = sumUp(aggregation, seen);
        ByteBuffer packed = ByteBuffer.wrap(delta.packed());

        SeriesDelta unpacked = unpack(aggregation, packed);

        assertThat(packed.hasRemaining()).isFalse();
        assertThat(unpacked.packed()).isEqualTo(delta.packed());
        assertThat(unpacked.packedLength()).isEqualTo(packed.capacity());
    }

    @Property(tries = 100)
    void unpack_fails_whenCutShort(
            @ForAll("aggregations") Aggregation aggregation, @ForAll("finite") List<Seen> seen, @ForAll Random random) {
        byte[] packed = sumUp(aggregation, seen).packed();

        ByteBuffer cut = ByteBuffer.wrap(packed, 0, random.nextInt(packed.length));

        assertThatExceptionOfType(BufferUnderflowException.class).isThrownBy(() -> unpack(aggregation, cut));
    }

    @Test
    void merge_rejects_whenKindOrLayoutDiffers() {
        BucketLayout otherLayout = BucketLayout.of(1).orElseThrow();
        List<SeriesDelta> deltas = new ArrayList<>();
        for (Aggregation aggregation : AGGREGATIONS) {
            deltas.add(aggregation.newDelta());
        }
        deltas.add(new Histogram(otherLayout).newDelta());

        for (SeriesDelta delta : deltas) {
            for (SeriesDelta other : deltas) {
                if (!delta.equals(other)) {
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> delta.merge(other))
                            .withMessageMatching("a \\w+ merges with (a \\w+|one of the same layout) only");
                }
            }
        }
    }

    /** The fold script reads and writes these bytes. */
    @Test
    void pack_laysOutTheKinds_asTheFoldScriptReadsThem() {
        Counter.Delta counter = new Counter.Delta();
        counter.add(0x1p53);
        counter.add(1);
        Gauge.Delta gauge = new Gauge.Delta();
        gauge.set(7, 1_763_700_000_000L, new EntryId(1_763_700_000_001L, 2), 3);
        Histogram.Delta histogram = new Histogram.Delta(BucketLayout.of(0.5, 1).orElseThrow());
        histogram.observe(0.5);
        histogram.observe(2);

        String packed = hex(counter, 8, 8) + hex(gauge, 8, 8, 8, 8, 4) + hex(histogram, 8, 8, 8, 8, 8);

        assertThat(packed).isEqualTo("""
                Counter
                  4340000000000000
                  3ff0000000000000
                Gauge
                  401c000000000000
                  4279aa4b64500000
                  4279aa4b64501000
                  4000000000000000
                  00000003
                Histogram
                  4004000000000000
                  0000000000000000
                  3ff0000000000000
                  0000000000000000
                  3ff0000000000000
                """);
    }

    @Test
    void pack_laysOutSummaries_asTheFoldScriptReadsThem() {
        Summary.Delta summary = new Summary.Delta(Quantiles.NONE);
        summary.observe(0, 1_763_700_000_000L);
        summary.observe(1, 1_763_700_000_000L);
        summary.observe(1, 1_763_700_000_000L);
        summary.observe(-512, 1_763_700_120_000L);

        String packed = hex(summary, 8, 8, 8, 2, 4, 4, 8, 8, 4, 2, 4, 4, 2, 4, 4, 8, 8, 4, 2, 2, 4, 4);

        assertThat(packed).isEqualTo("""
                Summary
                  c07fe00000000000
                  0000000000000000
                  4010000000000000
                  0002
                  00e0441c
                  00000020
                  0000000000000000
                  3ff0000000000000
                  00000001
                  0001
                  00000000
                  00000002
                  0000
                  00e0441d
                  00000020
                  c080000000000000
                  c080000000000000
                  00000000
                  0000
                  0001
                  0000013a
                  00000001
                """);
    }

    private static SeriesDelta unpack(Aggregation aggregation, ByteBuffer packed) {
        return aggregation.unpack(aggregation.kind().storedCodes().charAt(0), packed);
    }

    private static String hex(SeriesDelta delta, int... fieldLengths) {
        ByteBuffer packed = ByteBuffer.wrap(delta.packed());
        String fields = Arrays.stream(fieldLengths)
                .mapToObj(length -> {
                    byte[] field = new byte[length];
                    packed.get(field);
                    return "  " + HexFormat.of().formatHex(field) + "\n";
                })
                .collect(Collectors.joining());
        assertThat(packed.hasRemaining()).isFalse();
        return delta.getClass().getEnclosingClass().getSimpleName() + "\n" + fields;
    }

    /** Compares two deltas of one kind: their sums nearly, everything else exactly. */
    public static void assertAlike(SeriesDelta actual, SeriesDelta expected, double magnitude) {
        assertThat(sumOf(actual)).isCloseTo(sumOf(expected), within(magnitude * SUM_TOLERANCE));
        assertThat(packedWithoutSum(actual)).isEqualTo(packedWithoutSum(expected));
    }

    private static double sumOf(SeriesDelta delta) {
        return switch (delta) {
            case Counter.Delta counter -> counter.value();
            case Gauge.Delta gauge -> gauge.value();
            case Histogram.Delta histogram -> histogram.sum();
            case Summary.Delta summary -> summary.sum();
            default -> throw new AssertionError(delta);
        };
    }

    private static byte[] packedWithoutSum(SeriesDelta delta) {
        byte[] packed = delta.packed();
        int from = delta instanceof Gauge.Delta ? 0 : PACKED_SUM_LENGTH;
        return Arrays.copyOfRange(packed, from, packed.length);
    }

    private static SeriesDelta sumUpInPieces(Aggregation aggregation, List<Seen> seen, Random random) {
        List<SeriesDelta> pieces = split(seen, 1 + random.nextInt(6), random).stream()
                .map(piece -> sumUp(aggregation, piece))
                .collect(Collectors.toCollection(ArrayList::new));
        Collections.shuffle(pieces, random);
        return merged(aggregation, pieces.toArray(SeriesDelta[]::new));
    }

    private static SeriesDelta sumUp(Aggregation aggregation, List<Seen> seen) {
        SeriesDelta delta = aggregation.newDelta();
        seen.forEach(each -> each.addTo(delta));
        return delta;
    }

    private static SeriesDelta merged(Aggregation aggregation, SeriesDelta... deltas) {
        SeriesDelta sum = aggregation.newDelta();
        for (SeriesDelta delta : deltas) {
            sum.merge(delta);
        }
        return sum;
    }

    /** Deals the list out in a random order. */
    private static List<List<Seen>> split(List<Seen> seen, int parts, Random random) {
        List<List<Seen>> split = IntStream.range(0, parts)
                .<List<Seen>>mapToObj(part -> new ArrayList<>())
                .toList();
        List<Seen> shuffled = new ArrayList<>(seen);
        Collections.shuffle(shuffled, random);
        shuffled.forEach(each -> split.get(random.nextInt(parts)).add(each));
        return split;
    }
}
