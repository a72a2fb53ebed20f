package dev.streamgauge.core.validation;

import static dev.streamgauge.core.SampleArbitraries.family;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.SampleArbitraries;
import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.sample.SampleValue;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SampleTest {

    private static final BucketLayout LAYOUT = BucketLayout.of(0.5, 1).orElseThrow();
    private static final Family EXISTING =
            new Family("request_seconds", "Time of a request", "s", new Histogram(LAYOUT));

    @Provide
    Arbitrary<Aggregation> aggregations() {
        return SampleArbitraries.aggregations();
    }

    @Property(tries = 50)
    void under_rejects_exactlyWhenTheKindDiffers(
            @ForAll("aggregations") Aggregation aggregation, @ForAll("aggregations") Aggregation existing) {
        Sample sample = sample(family("a", aggregation), new SampleValue.Scalar(1));

        ValidationResult result = sample.under(family("a", existing));

        assertThat(result instanceof Sample).isEqualTo(aggregation.kind().equals(existing.kind()));
    }

    @Test
    void under_namesBothTypes_whenTheyDiffer() {
        Sample sample = sample(family("orders", Gauge.INSTANCE), new SampleValue.Scalar(1));

        ValidationResult result = sample.under(family("orders", Counter.INSTANCE));

        assertThat(result)
                .isEqualTo(new ValidationResult.Rejected(
                        new SampleRejection(7, Reason.TYPE_CONFLICT, "type: orders is a counter, not a gauge")));
    }

    @Test
    void under_takesTheExistingFamily_whenValuesAreRaw() {
        Family described = new Family(
                "request_seconds",
                "another",
                "ms",
                new Histogram(BucketLayout.of(3).orElseThrow()));
        SampleValue values = new SampleValue.Observations(new double[] {0.7});
        Sample sample = sample(described, values);

        ValidationResult result = sample.under(EXISTING);

        assertThat(result).isEqualTo(new Sample(7, EXISTING, CanonicalLabels.NONE, values, 99));
    }

    @Test
    void under_takesTheExistingQuantiles_whenOthersAreGiven() {
        Family described = summary(Quantiles.of(0.5).orElseThrow());
        Family existing = summary(Quantiles.of(0.9).orElseThrow());
        Sample sample = sample(described, new SampleValue.Observations(new double[] {512}));

        ValidationResult result = sample.under(existing);

        assertThat(result)
                .isInstanceOfSatisfying(
                        Sample.class, taken -> assertThat(taken.family()).isEqualTo(existing));
    }

    @Test
    void under_addsCountsUp_whenTheirBoundsContainAllExistingOnes() {
        Sample sample = counts(BucketLayout.of(0.25, 0.5, 0.75, 1, 2).orElseThrow(), 1, 20, 300, 4000, 50_000, 600_000);

        ValidationResult result = sample.under(EXISTING);

        assertThat(result).isInstanceOfSatisfying(Sample.class, taken -> {
            assertThat(taken.family()).isEqualTo(EXISTING);
            assertThat(taken.index()).isEqualTo(7);
            assertThat(taken.value()).isInstanceOfSatisfying(SampleValue.BucketCounts.class, value -> {
                assertThat(value.layout()).isEqualTo(LAYOUT);
                assertThat(value.counts()).containsExactly(21, 4300, 650_000);
                assertThat(value.sum()).isEqualTo(4.5);
            });
        });
    }

    @Test
    void under_rejectsCounts_whenAnExistingBoundIsMissing() {
        Sample sample = counts(BucketLayout.of(0.25, 1).orElseThrow(), 1, 2, 3);

        ValidationResult result = sample.under(EXISTING);

        assertThat(result)
                .isEqualTo(new ValidationResult.Rejected(new SampleRejection(
                        7,
                        Reason.BUCKET_LAYOUT_CONFLICT,
                        "buckets: counts need every bound of request_seconds, which has [0.5, 1.0]")));
    }

    private static Sample sample(Family family, SampleValue value) {
        return new Sample(7, family, CanonicalLabels.NONE, value, 99);
    }

    private static Sample counts(BucketLayout layout, long... counts) {
        Family described = new Family("request_seconds", "", "", new Histogram(layout));
        return sample(described, new SampleValue.BucketCounts(layout, counts, 4.5));
    }

    private static Family summary(Quantiles quantiles) {
        return new Family("payload_bytes", "", "", new Summary(quantiles));
    }
}
