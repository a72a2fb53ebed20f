package dev.streamgauge.core.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.streamgauge.core.SampleArbitraries;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DDSketchTest {

    /** The promised 1 %, and what a double's last bits may add to it. */
    private static final double ACCURACY = 0.01 * (1 + 1e-9);

    private static final int MAX_PACKED_LENGTH =
            2 * Double.BYTES + Integer.BYTES + 2 * (Short.BYTES + DDSketch.MAX_BINS * 8);

    /** Both signs, 16 decades, zeros, and many duplicates. */
    @Provide
    Arbitrary<List<Double>> manyDecades() {
        Arbitrary<Double> spread = signed(Arbitraries.doubles().between(-8, 8).ofScale(12));
        Arbitrary<Double> repeated = Arbitraries.of(-3.0, -0.25, 0.0, 1.0, 1e-3, 5e7);
        return Arbitraries.frequencyOf(Tuple.of(3, spread), Tuple.of(1, repeated))
                .list()
                .ofMinSize(1)
                .ofMaxSize(300);
    }

    /** 180 decades, ten times as many as are kept. */
    @Provide
    Arbitrary<List<Double>> tooManyDecades() {
        return SampleArbitraries.finites().list().ofMaxSize(300);
    }

    private static Arbitrary<Double> signed(Arbitrary<Double> decimalExponents) {
        return Combinators.combine(decimalExponents, Arbitraries.of(-1, 1))
                .as((exponent, sign) -> sign * Math.pow(10, exponent));
    }

    @Property
    void quantile_isWithinOnePercent_whenValuesSpanManyDecades(
            @ForAll("manyDecades") List<Double> values, @ForAll @DoubleRange(max = 1) double quantile) {
        DDSketch sketch = sketchOf(values);

        double estimate = sketch.quantile(quantile);

        double exact = exactQuantile(values, quantile);
        assertThat(estimate).isCloseTo(exact, within(Math.abs(exact) * ACCURACY));
    }

    @Property
    void quantile_isWithinOnePercentAtTheTop_whenLowestBinsCollapsed(@ForAll("tooManyDecades") List<Double> values) {
        DDSketch sketch = sketchOf(values);

        double greatest = sketch.quantile(1);

        double exact = values.isEmpty() ? Double.NaN : Collections.max(values);
        if (exact > 0) {
            assertThat(greatest).isCloseTo(exact, within(exact * ACCURACY));
        }
        assertThat(sketch.count()).isEqualTo(values.size());
    }

    @Property
    void merge_givesTheSame_whenValuesAreSplitAndShuffled(
            @ForAll("tooManyDecades") List<Double> values, @ForAll Random random) {
        DDSketch oneByOne = sketchOf(values);

        DDSketch inPieces = sketchOfPieces(values, random);

        assertThat(packed(inPieces)).isEqualTo(packed(oneByOne));
    }

    @Property
    void unpack_givesTheSame_whenPacked(@ForAll("tooManyDecades") List<Double> values) {
        DDSketch sketch = sketchOf(values);

        DDSketch unpacked = DDSketch.unpack(ByteBuffer.wrap(packed(sketch)));

        assertThat(packed(unpacked)).isEqualTo(packed(sketch));
    }

    /** By the rank ceil(q * n), with each extreme as it is. */
    @ParameterizedTest
    @CsvSource({"0,    1", "0.2,  1", "0.21, 2", "0.5,  3", "0.8,  4", "0.9,  5", "0.99, 5", "1,    5"})
    void quantile_isTheValueOfItsRank_whenValuesAreFew(double quantile, double expected) {
        DDSketch sketch = sketchOf(List.of(1.0, 2.0, 3.0, 4.0, 5.0));

        double value = sketch.quantile(quantile);

        assertThat(value).isCloseTo(expected, within(expected * ACCURACY)).isBetween(1.0, 5.0);
    }

    @Test
    void quantile_isTheValueItself_whenThereIsOne() {
        assertThat(sketchOf(List.of(512.0)).quantile(0.5)).isEqualTo(512);
    }

    /** 0.07 * 100 is a little more than 7 as a double. */
    @Test
    void quantile_hasAnExactRank_whenTheProductIsNot() {
        DDSketch sketch = new DDSketch();
        for (int i = 1; i <= 100; i++) {
            sketch.observe(i);
        }

        assertThat(sketch.quantile(0.07)).isCloseTo(7, within(7 * ACCURACY));
    }

    /** A sketch of an earlier release has no range; it stays unknown when values are added. */
    @Test
    void quantile_isWithinOnePercent_whenTheRangeIsNotKnown() {
        ByteBuffer packed = ByteBuffer.wrap(packed(sketchOf(List.of(512.0)))).position(2 * Double.BYTES);
        DDSketch sketch = DDSketch.unpackWithoutRange(packed);

        sketch.merge(sketchOf(List.of(600.0)));

        assertThat(sketch.quantile(0)).isCloseTo(512, within(512 * ACCURACY)).isNotEqualTo(512);
    }

    @Test
    void quantile_isNaN_whenNothingWasCounted() {
        DDSketch sketch = new DDSketch();

        assertThat(sketch.quantile(0.5)).isNaN();
    }

    @Test
    void quantile_isZero_whenValuesAreTooSmallForABin() {
        DDSketch sketch = sketchOf(List.of(-Double.MIN_VALUE, Double.MIN_VALUE, -Double.MIN_VALUE, Double.MIN_VALUE));

        assertThat(sketch.quantile(0.5)).isEqualTo(0);
        assertThat(sketch.quantile(0)).isEqualTo(-Double.MIN_VALUE);
        assertThat(sketch.quantile(1)).isEqualTo(Double.MIN_VALUE);
        assertThat(sketch.count()).isEqualTo(4);
    }

    @Test
    void quantile_isWithinOnePercent_whenValueIsTheGreatestDouble() {
        DDSketch sketch = sketchOf(List.of(-Double.MAX_VALUE, Double.MAX_VALUE));

        assertThat(sketch.quantile(0)).isCloseTo(-Double.MAX_VALUE, within(Double.MAX_VALUE * 0.02));
        assertThat(sketch.quantile(1)).isCloseTo(Double.MAX_VALUE, within(Double.MAX_VALUE * 0.02));
    }

    @Test
    void pack_staysBounded_whenValuesSpanAllDecades() {
        DDSketch sketch = new DDSketch();
        for (int i = -61_400; i <= 61_400; i++) {
            sketch.observe(Math.pow(10, i / 200.0));
            sketch.observe(-Math.pow(10, i / 200.0));
        }

        int length = sketch.packedLength();

        assertThat(length).isEqualTo(MAX_PACKED_LENGTH);
        assertThat(sketch.count()).isEqualTo(2 * 122_801);
    }

    @Test
    void observe_keepsSeventeenDecades_whenValuesGrow() {
        DDSketch sketch = sketchOf(List.of(1e-8, 1e9));

        double least = sketch.quantile(0);

        assertThat(least).isCloseTo(1e-8, within(1e-8 * ACCURACY));
    }

    @Test
    void observe_staysAtTheGreatestCount_whenABinIsFull() {
        ByteBuffer packed = ByteBuffer.allocate(42);
        packed.putDouble(-1).putDouble(1);
        packed.putInt(-1).putShort((short) 1).putInt(0).putInt(-1);
        packed.putShort((short) 1).putInt(0).putInt(-1).flip();
        DDSketch sketch = DDSketch.unpack(packed);
        double full = sketch.count();

        sketch.observe(0);
        sketch.observe(1);
        sketch.observe(-1);
        double afterObserving = sketch.count();
        sketch.merge(sketchOf(List.of(0.0, 1.0, -1.0)));

        assertThat(full).isEqualTo(3.0 * 0xffff_ffffL);
        assertThat(afterObserving).isEqualTo(full);
        assertThat(sketch.count()).isEqualTo(full);
    }

    private static double exactQuantile(List<Double> values, double quantile) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int rank = BigDecimal.valueOf(quantile)
                .multiply(new BigDecimal(sorted.size()))
                .setScale(0, RoundingMode.CEILING)
                .intValueExact();
        return sorted.get(Math.max(rank, 1) - 1);
    }

    private static DDSketch sketchOf(List<Double> values) {
        DDSketch sketch = new DDSketch();
        values.forEach(sketch::observe);
        return sketch;
    }

    private static DDSketch sketchOfPieces(List<Double> values, Random random) {
        List<Double> shuffled = new ArrayList<>(values);
        Collections.shuffle(shuffled, random);
        DDSketch sum = new DDSketch();
        int from = 0;
        while (from < shuffled.size()) {
            int to = from + 1 + random.nextInt(shuffled.size() - from);
            sum.merge(sketchOf(shuffled.subList(from, to)));
            from = to;
        }
        return sum;
    }

    private static byte[] packed(DDSketch sketch) {
        ByteBuffer out = ByteBuffer.allocate(sketch.packedLength());
        sketch.pack(out);
        assertThat(out.hasRemaining()).isFalse();
        return out.array();
    }
}
