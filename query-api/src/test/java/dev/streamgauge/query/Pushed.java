package dev.streamgauge.query;

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
import java.nio.charset.StandardCharsets;

/** Builds samples as senders push them. Labels are in canonical form, such as {@code a="1",b="2"}. */
public final class Pushed {

    private Pushed() {}

    public static Sample counter(String name, String labels, double increment) {
        return sample(family(name, Counter.INSTANCE, ""), labels, new SampleValue.Scalar(increment));
    }

    public static Sample gauge(String name, String labels, double value) {
        return sample(family(name, Gauge.INSTANCE, ""), labels, new SampleValue.Scalar(value));
    }

    public static Sample sample(Family family, String labels, SampleValue value) {
        CanonicalLabels canonical = CanonicalLabels.ofCanonical(labels.getBytes(StandardCharsets.UTF_8));
        return new Sample(0, family, canonical, value, Sample.NO_TIMESTAMP);
    }

    public static SampleValue observed(double... values) {
        return new SampleValue.Observations(values);
    }

    public static Family family(String name, Aggregation aggregation, String help) {
        return new Family(name, help, "", aggregation);
    }

    public static Family histogram(String name, String help, double... bounds) {
        return new Family(name, help, "", new Histogram(BucketLayout.of(bounds).orElseThrow()));
    }

    public static Family summary(String name, String help, double... quantiles) {
        return new Family(name, help, "", new Summary(Quantiles.of(quantiles).orElseThrow()));
    }
}
