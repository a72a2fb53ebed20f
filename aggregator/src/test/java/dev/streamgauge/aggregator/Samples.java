package dev.streamgauge.aggregator;

import dev.streamgauge.core.family.BucketLayout;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.MetricType;
import dev.streamgauge.core.family.Quantiles;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.Sample;
import dev.streamgauge.core.sample.SampleValue;
import java.nio.charset.StandardCharsets;

/** Builds samples. Labels are given in canonical form, such as {@code a="1",b="2"}. */
final class Samples {

    /** The buckets of all histograms here: up to 1, up to 2, and the rest. */
    static final BucketLayout LAYOUT = BucketLayout.of(1, 2).orElseThrow();

    private Samples() {}

    static Sample counter(String name, String labels, double increment) {
        return sample(MetricType.COUNTER, name, labels, new SampleValue.Scalar(increment), Sample.NO_TIMESTAMP);
    }

    static Sample gauge(String name, String labels, double value, long timestampMillis) {
        return sample(MetricType.GAUGE, name, labels, new SampleValue.Scalar(value), timestampMillis);
    }

    static Sample histogram(String name, String labels, double... values) {
        return sample(MetricType.HISTOGRAM, name, labels, new SampleValue.Observations(values), Sample.NO_TIMESTAMP);
    }

    static Sample summary(String name, String labels, double... values) {
        return sample(MetricType.SUMMARY, name, labels, new SampleValue.Observations(values), Sample.NO_TIMESTAMP);
    }

    private static Sample sample(MetricType type, String name, String labels, SampleValue value, long timestampMillis) {
        BucketLayout layout = type == MetricType.HISTOGRAM ? LAYOUT : BucketLayout.DEFAULT;
        Family family = new Family(name, type, "", "", layout, Quantiles.NONE);
        CanonicalLabels canonical = CanonicalLabels.ofCanonical(labels.getBytes(StandardCharsets.UTF_8));
        return new Sample(0, family, canonical, value, timestampMillis);
    }
}
