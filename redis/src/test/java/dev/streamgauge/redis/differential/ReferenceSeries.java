package dev.streamgauge.redis.differential;

import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.validation.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A series as everything that was counted for it, sample by sample; what is shown is computed from all of them. Values
 * are integers and dyadic fractions, whose sums are exact in any order.
 */
final class ReferenceSeries {

    private static final Quantiles QUANTILES =
            Quantiles.of(0, 0.25, 0.5, 0.9, 1).orElseThrow();

    /** A sample of an entry that was folded. */
    private record Counted(EntryId entry, Sample sample) {
        long timeMillis() {
            return sample.timestampMillis() == Sample.NO_TIMESTAMP ? entry.millis() : sample.timestampMillis();
        }
    }

    private static final Comparator<Counted> IN_TIME = Comparator.comparingLong(Counted::timeMillis)
            .thenComparing(Counted::entry)
            .thenComparingInt(counted -> counted.sample().index());

    private final Family family;
    private final List<Counted> counted = new ArrayList<>();

    ReferenceSeries(Family family) {
        this.family = family;
    }

    void count(EntryId entry, Sample sample) {
        counted.add(new Counted(entry, sample));
    }

    /** What must be stored, in words. */
    @Override
    public String toString() {
        if (counted.isEmpty()) {
            return "registered";
        }
        return switch (family.type()) {
            case COUNTER -> "counter " + sum();
            case GAUGE ->
                "gauge " + sumOf(counted.stream().max(IN_TIME).orElseThrow().sample());
            case HISTOGRAM -> "histogram " + sum() + " " + bucketCounts();
            case SUMMARY -> "summary " + sum() + " " + observationCount() + " " + quantiles();
        };
    }

    /** Words for the quantiles of a summary all of whose values are in its window. */
    static String quantiles(Summary.Delta summary, long millisInTheWindow) {
        return Arrays.toString(summary.quantiles(QUANTILES, millisInTheWindow));
    }

    /** Of one sketch that saw all values; the fold script has merged many. */
    private String quantiles() {
        Summary.Delta all = new Summary.Delta(Quantiles.NONE);
        for (Counted each : counted) {
            if (each.sample().value() instanceof SampleValue.Observations observations) {
                for (double value : observations.values()) {
                    all.observe(value, each.entry().millis());
                }
            }
        }
        return quantiles(all, counted.getFirst().entry().millis());
    }

    private double sum() {
        return counted.stream().mapToDouble(each -> sumOf(each.sample())).sum();
    }

    private static double sumOf(Sample sample) {
        return switch (sample.value()) {
            case SampleValue.Scalar(double value) -> value;
            case SampleValue.Observations(double[] values) -> {
                double sum = 0;
                for (double value : values) {
                    sum += value;
                }
                yield sum;
            }
            case SampleValue.BucketCounts(BucketLayout layout, long[] counts, double sum) -> sum;
        };
    }

    private List<Long> bucketCounts() {
        long[] counts = new long[layout().boundCount() + 1];
        for (Counted each : counted) {
            switch (each.sample().value()) {
                case SampleValue.Scalar scalar -> throw new IllegalStateException("a histogram of one value");
                case SampleValue.Observations(double[] values) -> {
                    for (double value : values) {
                        counts[bucketOf(value)]++;
                    }
                }
                case SampleValue.BucketCounts(BucketLayout layout, long[] more, double sum) -> {
                    for (int i = 0; i < more.length; i++) {
                        counts[i] += more[i];
                    }
                }
            }
        }
        List<Long> list = new ArrayList<>();
        for (long count : counts) {
            list.add(count);
        }
        return list;
    }

    private int bucketOf(double value) {
        int bucket = 0;
        while (bucket < layout().boundCount() && value > layout().bound(bucket)) {
            bucket++;
        }
        return bucket;
    }

    private BucketLayout layout() {
        return ((Histogram) family.aggregation()).layout();
    }

    private long observationCount() {
        long count = 0;
        for (Counted each : counted) {
            if (each.sample().value() instanceof SampleValue.Observations observations) {
                count += observations.values().length;
            }
        }
        return count;
    }
}
