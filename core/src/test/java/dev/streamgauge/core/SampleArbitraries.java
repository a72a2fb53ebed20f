package dev.streamgauge.core;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.validation.Sample;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Generators of what the rules accept. */
public final class SampleArbitraries {

    /** Most samples of a generated request. */
    public static final int MAX_SAMPLES = 40;

    private static final int MAX_BOUNDS = 8;

    private SampleArbitraries() {}

    /** Fractions over a power of two; hundreds of them add up exactly in 106 bits. */
    public static Arbitrary<Double> dyadics() {
        Arbitrary<Long> numerators = Arbitraries.longs().between(-(1L << 40), 1L << 40);
        Arbitrary<Integer> shifts = Arbitraries.integers().between(0, 20);
        return Combinators.combine(numerators, shifts).as((numerator, shift) -> Math.scalb((double) numerator, -shift));
    }

    /** Numbers of both signs and all 180 decades up to 10^90, and zero. */
    public static Arbitrary<Double> finites() {
        Arbitrary<Double> mantissas = Arbitraries.doubles().between(1, 2).ofScale(15);
        Arbitrary<Integer> exponents = Arbitraries.integers().between(-300, 300);
        Arbitrary<Integer> signs = Arbitraries.of(-1, 1);
        Arbitrary<Double> numbers = Combinators.combine(mantissas, exponents, signs)
                .as((mantissa, exponent, sign) -> sign * Math.scalb(mantissa, exponent));
        return Arbitraries.frequencyOf(Tuple.of(20, numbers), Tuple.of(1, Arbitraries.just(0.0)));
    }

    /** Any well-formed text, rich in what needs an escape; it may be empty. */
    public static Arbitrary<String> labelValues() {
        return Arbitraries.of("a", "n", "\\", "\"", "\n", ",", "=", "{", "}", " ", "é", "漢", "😀")
                .list()
                .ofMaxSize(6)
                .map(parts -> String.join("", parts));
    }

    /** Label sets, also with empty values. */
    public static Arbitrary<SortedMap<String, String>> labels() {
        Arbitrary<String> names = Arbitraries.of("a", "b", "ab", "a_b", "B", "code", "method", "region", "zone");
        return Arbitraries.maps(names, labelValues()).ofMaxSize(5).map(TreeMap::new);
    }

    /** Layouts of a few bounds. */
    public static Arbitrary<BucketLayout> layouts() {
        return Arbitraries.doubles()
                .between(-1e6, 1e6)
                .ofScale(3)
                .set()
                .ofMinSize(1)
                .ofMaxSize(MAX_BOUNDS)
                .map(bounds -> BucketLayout.of(bounds.stream()
                                .mapToDouble(bound -> bound)
                                .sorted()
                                .toArray())
                        .orElseThrow());
    }

    /** Up to 5 quantiles. */
    public static Arbitrary<Quantiles> quantiles() {
        return Arbitraries.of(0.0, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0)
                .set()
                .ofMaxSize(5)
                .map(set ->
                        Quantiles.of(set.stream().mapToDouble(q -> q).toArray()).orElseThrow());
    }

    /** Families of every kind; no name is another's with a suffix such as {@code _sum}. */
    public static Arbitrary<Family> families() {
        Arbitrary<String> names = Arbitraries.strings()
                .withCharRange('a', 'z')
                .withChars(':')
                .ofMinLength(1)
                .ofMaxLength(8);
        Arbitrary<String> texts = Arbitraries.of("", "Size of a payload", "a\nb\\n \"c\" é漢😀");
        return Combinators.combine(names, texts, texts, aggregations()).as(Family::new);
    }

    /** Aggregations of every kind, with any parameters. */
    public static Arbitrary<Aggregation> aggregations() {
        return Arbitraries.oneOf(
                Arbitraries.just(Counter.INSTANCE),
                Arbitraries.just(Gauge.INSTANCE),
                layouts().map(Histogram::new),
                quantiles().map(Summary::new));
    }

    /** What one request may carry: samples of a few families in any order, each with its place as index. */
    public static Arbitrary<List<Sample>> requests(Arbitrary<Double> numbers) {
        Arbitrary<List<Family>> families =
                families().list().ofMinSize(1).ofMaxSize(5).uniqueElements(Family::name);
        Arbitrary<Long> timestamps = Arbitraries.oneOf(
                Arbitraries.just(Sample.NO_TIMESTAMP), Arbitraries.longs().between(0, 1L << 53));
        return requests(families, labels().map(CanonicalLabels::of), numbers, timestamps);
    }

    /** As {@link #requests(Arbitrary)}, of these families, labels, numbers and timestamps. */
    public static Arbitrary<List<Sample>> requests(
            Arbitrary<List<Family>> families,
            Arbitrary<CanonicalLabels> labels,
            Arbitrary<Double> numbers,
            Arbitrary<Long> timestamps) {
        Arbitrary<Ingredients> ingredients = Combinators.combine(
                        Arbitraries.integers().between(0, 59),
                        labels,
                        numbers.list().ofMinSize(1).ofMaxSize(5),
                        Arbitraries.longs().between(0, 1L << 40).list().ofSize(MAX_BOUNDS + 1),
                        timestamps)
                .as(Ingredients::new);
        return Combinators.combine(families, ingredients.list().ofMinSize(1).ofMaxSize(MAX_SAMPLES))
                .as(SampleArbitraries::mixed)
                .withoutEdgeCases();
    }

    /** What a sample of any family can be made of. */
    private record Ingredients(
            int choice, CanonicalLabels labels, List<Double> numbers, List<Long> counts, long timestampMillis) {

        Sample mix(int index, Family family) {
            return new Sample(index, family, labels, value(family), timestampMillis);
        }

        private SampleValue value(Family family) {
            double number = numbers.getFirst();
            double[] values = numbers.stream().mapToDouble(each -> each).toArray();
            return switch (family.type()) {
                case COUNTER -> new SampleValue.Scalar(Math.abs(number));
                case GAUGE -> new SampleValue.Scalar(number);
                case HISTOGRAM ->
                    numbers.size() % 2 == 0
                            ? bucketCounts(((Histogram) family.aggregation()).layout(), number)
                            : new SampleValue.Observations(values);
                case SUMMARY -> new SampleValue.Observations(values);
            };
        }

        private SampleValue bucketCounts(BucketLayout layout, double sum) {
            long[] some = counts.stream()
                    .limit(layout.bucketCount())
                    .mapToLong(each -> each)
                    .toArray();
            return new SampleValue.BucketCounts(layout, some, sum);
        }
    }

    private static List<Sample> mixed(List<Family> families, List<Ingredients> ingredients) {
        return IntStream.range(0, ingredients.size())
                .mapToObj(index -> {
                    Ingredients each = ingredients.get(index);
                    return each.mix(index, families.get(each.choice() % families.size()));
                })
                .toList();
    }

    /** A family without help and unit. */
    public static Family family(String name, Aggregation aggregation) {
        return new Family(name, "", "", aggregation);
    }

    /** The canonical form of these labels. */
    public static CanonicalLabels canonicalLabels(Map<String, String> labels) {
        return CanonicalLabels.of(new TreeMap<>(labels));
    }
}
