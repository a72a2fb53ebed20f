package dev.streamgauge.core.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.SampleArbitraries;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class DoubleDoubleTest {

    /** Adding keeps about 106 bits; 2^-98 leaves room for a few hundred roundings. */
    private static final double PAIR_PRECISION = 0x1p-98;

    @Provide
    Arbitrary<List<Double>> positives() {
        return SampleArbitraries.finites().map(Math::abs).list().ofMaxSize(200);
    }

    @Provide
    Arbitrary<List<Double>> finites() {
        return SampleArbitraries.finites().list().ofMaxSize(200);
    }

    @Provide
    Arbitrary<List<Double>> dyadics() {
        return SampleArbitraries.dyadics().list().ofMaxSize(200);
    }

    @Provide
    Arbitrary<List<Double>> nearMaximum() {
        return Arbitraries.of(Double.MAX_VALUE, -Double.MAX_VALUE, Double.MAX_VALUE / 2, 1e292, -1e292, 1.0)
                .list()
                .ofMaxSize(10);
    }

    @Property
    void value_isWithinOneUlp_whenNoneIsNegative(@ForAll("positives") List<Double> values) {
        double exact = sumInBigDecimal(values).doubleValue();

        DoubleDouble sum = sumOf(values);

        assertThat(Math.abs(sum.value() - exact)).isLessThanOrEqualTo(Math.ulp(exact));
    }

    @Property
    void value_isWithinOneUlpOrTheLastBitOfThePair_whenValuesCancel(@ForAll("finites") List<Double> values) {
        double exact = sumInBigDecimal(values).doubleValue();
        double magnitude = values.stream().mapToDouble(Math::abs).sum();

        DoubleDouble sum = sumOf(values);

        assertThat(Math.abs(sum.value() - exact))
                .isLessThanOrEqualTo(Math.max(Math.ulp(exact), magnitude * PAIR_PRECISION));
    }

    @Property
    void pair_isExact_whenValuesAreDyadic(@ForAll("dyadics") List<Double> values) {
        BigDecimal exact = sumInBigDecimal(values);

        DoubleDouble sum = sumOf(values);

        assertThat(new BigDecimal(sum.high()).add(new BigDecimal(sum.low()))).isEqualByComparingTo(exact);
    }

    @Property
    void value_isTheSame_whenDyadicValuesComeInAnotherOrder(
            @ForAll("dyadics") List<Double> values, @ForAll Random random) {
        List<Double> shuffled = new ArrayList<>(values);
        Collections.shuffle(shuffled, random);

        DoubleDouble sum = sumOf(shuffled);

        assertThat(sum.value()).isEqualTo(sumOf(values).value());
    }

    @Property
    void value_staysFinite_whenSumLeavesTheRange(@ForAll("nearMaximum") List<Double> values) {
        DoubleDouble sum = sumOf(values);

        assertThat(sum.value()).isFinite();
        assertThat(sum.high()).isFinite();
        assertThat(sum.low()).isFinite();
    }

    @Test
    void add_counts_whenSumIsBeyondAllExactIntegersOfADouble() {
        DoubleDouble sum = new DoubleDouble();
        sum.add(0x1p53);

        for (int i = 0; i < 1001; i++) {
            sum.add(1);
        }

        assertThat(sum.high()).isEqualTo(0x1p53 + 1000);
        assertThat(sum.low()).isEqualTo(1);
    }

    @Test
    void add_countsFractions_whenSumIsLarge() {
        DoubleDouble sum = new DoubleDouble();
        sum.add(1e17);

        for (int i = 0; i < 10_000; i++) {
            sum.add(0.1);
        }

        assertThat(sum.value()).isEqualTo(1e17 + 1000);
    }

    @Test
    void add_staysAtTheGreatest_whenSumLeavesTheRange() {
        DoubleDouble up = sumOf(List.of(Double.MAX_VALUE, Double.MAX_VALUE, 1.0));
        DoubleDouble down = sumOf(List.of(-Double.MAX_VALUE, -Double.MAX_VALUE, -1.0));
        double ulp = Math.ulp(Double.MAX_VALUE);
        DoubleDouble byTheLastBit = sumOf(List.of(Double.MAX_VALUE, ulp / 2));
        DoubleDouble byTheLowPart = sumOf(List.of(Double.MAX_VALUE, ulp / 4, ulp / 4));

        assertThat(up.value()).isEqualTo(Double.MAX_VALUE);
        assertThat(down.value()).isEqualTo(-Double.MAX_VALUE);
        assertThat(byTheLastBit.value()).isEqualTo(Double.MAX_VALUE);
        assertThat(byTheLowPart.value()).isEqualTo(Double.MAX_VALUE);
    }

    private static DoubleDouble sumOf(List<Double> values) {
        DoubleDouble sum = new DoubleDouble();
        values.forEach(sum::add);
        return sum;
    }

    private static BigDecimal sumInBigDecimal(List<Double> values) {
        return values.stream().map(BigDecimal::new).reduce(BigDecimal.ZERO, (a, b) -> a.add(b, MathContext.UNLIMITED));
    }
}
