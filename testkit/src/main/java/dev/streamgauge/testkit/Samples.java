package dev.streamgauge.testkit;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.validation.Sample;
import java.nio.charset.StandardCharsets;

/** Builds families and samples. Labels are given in canonical form, such as {@code a="1",b="2"}. */
public final class Samples {

    /** The buckets of all histograms here: up to 1, up to 2, and the rest. */
    public static final BucketLayout LAYOUT = BucketLayout.of(1, 2).orElseThrow();

    /** All histograms here. */
    public static final Histogram HISTOGRAM = new Histogram(LAYOUT);

    private Samples() {}

    /** A family without help and unit. */
    public static Family family(String name, Aggregation aggregation) {
        return new Family(name, "", "", aggregation);
    }

    /** A family without help and unit, aggregated as families of that type mostly are. */
    public static Family family(String name, MetricType type) {
        return family(
                name,
                switch (type) {
                    case COUNTER -> Counter.INSTANCE;
                    case GAUGE -> Gauge.INSTANCE;
                    case HISTOGRAM -> HISTOGRAM;
                    case SUMMARY -> Summary.WITHOUT_QUANTILES;
                });
    }

    public static CanonicalLabels labels(String text) {
        return CanonicalLabels.ofCanonical(text.getBytes(StandardCharsets.UTF_8));
    }

    public static Sample counter(String name, String labels, double increment) {
        return sample(0, Counter.INSTANCE, name, labels, new SampleValue.Scalar(increment), Sample.NO_TIMESTAMP);
    }

    /** A gauge at its place in the request; the time is {@link Sample#NO_TIMESTAMP} for none. */
    public static Sample gauge(int index, String name, String labels, double value, long timestampMillis) {
        return sample(index, Gauge.INSTANCE, name, labels, new SampleValue.Scalar(value), timestampMillis);
    }

    public static Sample gauge(String name, String labels, double value, long timestampMillis) {
        return gauge(0, name, labels, value, timestampMillis);
    }

    public static Sample gauge(String name, String labels, double value) {
        return gauge(0, name, labels, value, Sample.NO_TIMESTAMP);
    }

    public static Sample histogram(String name, String labels, double... values) {
        return sample(0, HISTOGRAM, name, labels, new SampleValue.Observations(values), Sample.NO_TIMESTAMP);
    }

    /** A histogram already counted, in {@link #LAYOUT}. */
    public static Sample histogramCounts(String name, String labels, double sum, long... counts) {
        SampleValue value = new SampleValue.BucketCounts(LAYOUT, counts, sum);
        return sample(0, HISTOGRAM, name, labels, value, Sample.NO_TIMESTAMP);
    }

    public static Sample summary(String name, String labels, double... values) {
        return sample(
                0, Summary.WITHOUT_QUANTILES, name, labels, new SampleValue.Observations(values), Sample.NO_TIMESTAMP);
    }

    private static Sample sample(
            int index, Aggregation aggregation, String name, String labels, SampleValue value, long timestampMillis) {
        return new Sample(index, family(name, aggregation), labels(labels), value, timestampMillis);
    }
}
