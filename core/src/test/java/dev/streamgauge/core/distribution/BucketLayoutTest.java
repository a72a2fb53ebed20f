package dev.streamgauge.core.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.SampleArbitraries;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketLayoutTest {

    @Provide
    Arbitrary<BucketLayout> layouts() {
        return SampleArbitraries.layouts();
    }

    /** Half of them on or beside small bounds, which {@code layouts} has often. */
    @Provide
    Arbitrary<List<Double>> values() {
        return Arbitraries.oneOf(
                        SampleArbitraries.finites(),
                        Arbitraries.doubles().between(-1e6, 1e6).ofScale(3),
                        Arbitraries.of(-0.0, 0.0, 1.0, Math.nextUp(1.0), -1.0))
                .list()
                .ofMaxSize(40);
    }

    @Property
    void bucketOf_isTheFirstThatContainsTheValue(
            @ForAll("layouts") BucketLayout layout, @ForAll("values") List<Double> values) {
        List<Double> withBounds = withBounds(values, layout);

        for (double value : withBounds) {
            int bucket = layout.bucketOf(value);

            int expected = 0;
            while (value > layout.bound(expected)) {
                expected++;
            }
            assertThat(bucket).isEqualTo(expected);
        }
    }

    @Property
    void rebucket_agreesWithTheRawValues_whenItsBoundsAreAmongTheSource(
            @ForAll("layouts") BucketLayout source, @ForAll("values") List<Double> values, @ForAll Random random) {
        BucketLayout target = someBoundsOf(source, random);
        List<Double> withBounds = withBounds(values, source);

        long[] rebucketed = target.rebucket(source, counts(source, withBounds)).orElseThrow();

        assertThat(rebucketed).isEqualTo(counts(target, withBounds));
        assertThat(LongStream.of(rebucketed).sum()).isEqualTo(withBounds.size());
    }

    @Property
    void rebucket_isEmpty_whenABoundIsNotAmongTheSource(@ForAll("layouts") BucketLayout target, @ForAll Random random) {
        double[] bounds = bounds(target);
        int without = random.nextInt(bounds.length);
        BucketLayout source = BucketLayout.of(IntStream.range(0, bounds.length)
                        .filter(i -> i != without)
                        .mapToDouble(i -> bounds[i])
                        .toArray())
                .orElseThrow();

        long[] counts = new long[source.bucketCount()];

        assertThat(target.rebucket(source, counts)).isEmpty();
    }

    /** Counts into [1, 2, 4] rebucketed. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # bounds   | counts
            1, 2, 4    | [1, 20, 300, 4000]
            1, 2       | [1, 20, 4300]
            1, 4       | [1, 320, 4000]
            2, 4       | [21, 300, 4000]
            1          | [1, 4320]
            2          | [21, 4300]
            4          | [321, 4000]
            3          | none
            1, 3       | none
            1, 2, 4, 8 | none
            0, 1, 2, 4 | none
            """)
    void rebucket_addsWhatLiesBetweenItsBounds(String bounds, String counts) {
        BucketLayout source = BucketLayout.of(1, 2, 4).orElseThrow();
        BucketLayout target = BucketLayout.of(Stream.of(bounds.split(", "))
                        .mapToDouble(Double::parseDouble)
                        .toArray())
                .orElseThrow();

        String rebucketed = target.rebucket(source, new long[] {1, 20, 300, 4000})
                .map(Arrays::toString)
                .orElse("none");

        assertThat(rebucketed).isEqualTo(counts);
    }

    @Test
    void rebucket_copiesTheCounts_whenLayoutsAreEqual() {
        long[] counts = new long[BucketLayout.DEFAULT.bucketCount()];

        long[] rebucketed =
                BucketLayout.DEFAULT.rebucket(BucketLayout.DEFAULT, counts).orElseThrow();

        rebucketed[0] = 1;
        assertThat(counts).containsOnly(0);
    }

    @Test
    void of_isEmpty_whenBoundsAreNotFiniteAndAscending() {
        assertThat(BucketLayout.of(1, 1)).isEmpty();
        assertThat(BucketLayout.of(2, 1)).isEmpty();
        assertThat(BucketLayout.of(-0.0, 0.0)).isEmpty();
        assertThat(BucketLayout.of(0.0, -0.0)).isEmpty();
        assertThat(BucketLayout.of(1, Double.NaN)).isEmpty();
        assertThat(BucketLayout.of(1, Double.POSITIVE_INFINITY)).isEmpty();
        assertThat(BucketLayout.of(Double.NEGATIVE_INFINITY, 1)).isEmpty();
    }

    @Test
    void of_copiesAndTakesMinusZeroForZero() {
        double[] bounds = {-0.0, 1};

        BucketLayout layout = BucketLayout.of(bounds).orElseThrow();

        bounds[1] = 2;
        assertThat(layout).isEqualTo(BucketLayout.of(0.0, 1).orElseThrow());
        assertThat(layout).hasToString("[0.0, 1.0]");
        assertThat(layout).hasSameHashCodeAs(BucketLayout.of(0.0, 1).orElseThrow());
        assertThat(layout.bucketOf(-0.0)).isEqualTo(0);
    }

    @Test
    void default_isThatOfPrometheus() {
        BucketLayout layout = BucketLayout.DEFAULT;

        assertThat(layout).hasToString("[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]");
        assertThat(layout.boundCount()).isEqualTo(11);
        assertThat(layout.bucketCount()).isEqualTo(12);
        assertThat(layout.bound(11)).isEqualTo(Double.POSITIVE_INFINITY);
    }

    private static double[] bounds(BucketLayout layout) {
        return IntStream.range(0, layout.boundCount())
                .mapToDouble(layout::bound)
                .toArray();
    }

    private static List<Double> withBounds(List<Double> values, BucketLayout layout) {
        return DoubleStream.concat(
                        values.stream().mapToDouble(value -> value),
                        DoubleStream.of(bounds(layout)).flatMap(bound -> DoubleStream.of(bound, Math.nextUp(bound))))
                .boxed()
                .toList();
    }

    private static BucketLayout someBoundsOf(BucketLayout layout, Random random) {
        return BucketLayout.of(DoubleStream.of(bounds(layout))
                        .filter(bound -> random.nextBoolean())
                        .toArray())
                .orElseThrow();
    }

    /** How many values fall into each bucket, by comparing with its bounds. */
    private static long[] counts(BucketLayout layout, List<Double> values) {
        return IntStream.range(0, layout.bucketCount())
                .mapToLong(bucket -> values.stream()
                        .filter(value -> value <= layout.bound(bucket))
                        .filter(value -> bucket == 0 || value > layout.bound(bucket - 1))
                        .count())
                .toArray();
    }
}
