package dev.streamgauge.benchmarks;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.validation.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the benchmarks work on: samples with three labels, spread over a given number of series. */
final class SamplesOfAShop {

    private SamplesOfAShop() {}

    static Family family(MetricType type) {
        return new Family("shop_" + type.text() + "_total", "", "", aggregation(type));
    }

    private static Aggregation aggregation(MetricType type) {
        return switch (type) {
            case COUNTER -> Counter.INSTANCE;
            case GAUGE -> Gauge.INSTANCE;
            case HISTOGRAM -> Histogram.DEFAULT;
            case SUMMARY -> new Summary(Quantiles.of(0.5, 0.99).orElseThrow());
        };
    }

    static CanonicalLabels labels(int series) {
        return CanonicalLabels.of(new TreeMap<>(
                Map.of("instance", "shop-" + series % 100, "path", "/orders/" + series / 100, "status", "200")));
    }

    /** Consecutive samples of one type; sample n belongs to series n modulo their number. */
    static List<Sample> samples(MetricType type, int count, int seriesCount) {
        Family family = family(type);
        List<Sample> samples = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            samples.add(new Sample(i, family, labels(i % seriesCount), value(type, i), Sample.NO_TIMESTAMP));
        }
        return samples;
    }

    private static SampleValue value(MetricType type, int i) {
        return switch (type) {
            case COUNTER, GAUGE -> new SampleValue.Scalar(i % 7 + 1);
            case HISTOGRAM, SUMMARY -> new SampleValue.Observations(new double[] {(i % 1000) / 100.0});
        };
    }
}
