package dev.streamgauge.core.entry;

import dev.streamgauge.core.entry.EntryReader.EntryFamily;
import dev.streamgauge.core.entry.EntryReader.Labels;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.validation.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/** Records what an {@link EntryReader} passes to its visitor. */
final class RecordedSamples implements EntryReader.Samples<EntryFamily> {

    /**
     * One sample as read.
     *
     * @param counts counts per bucket, or none
     * @param numbers the value, the raw values, or the sum beside counts
     * @param timestampMillis the timestamp of a gauge; otherwise {@link Sample#NO_TIMESTAMP}
     * @param index the index of a gauge; otherwise 0
     */
    record Recorded(
            EntryFamily family,
            CanonicalLabels labels,
            List<Long> counts,
            List<Double> numbers,
            long timestampMillis,
            int index) {

        /** What must be read back of a sample. */
        static Recorded of(Sample sample) {
            Family family = sample.family();
            boolean gauge = family.type() == MetricType.GAUGE;
            return new Recorded(
                    new EntryFamily(family.name(), family.type(), family.layout()),
                    sample.labels(),
                    sample.value() instanceof SampleValue.BucketCounts counts
                            ? LongStream.of(counts.counts()).boxed().toList()
                            : List.of(),
                    switch (sample.value()) {
                        case SampleValue.Scalar(double value) -> List.of(value);
                        case SampleValue.Observations(double[] values) ->
                            DoubleStream.of(values).boxed().toList();
                        case SampleValue.BucketCounts counts -> List.of(counts.sum());
                    },
                    gauge ? sample.timestampMillis() : Sample.NO_TIMESTAMP,
                    gauge ? sample.index() : 0);
        }
    }

    private final List<Recorded> samples = new ArrayList<>();

    List<Recorded> samples() {
        return samples;
    }

    @Override
    public EntryFamily family(EntryFamily family) {
        return family;
    }

    @Override
    public void counter(EntryFamily family, Labels labels, double increment) {
        samples.add(new Recorded(family, labels.copy(), List.of(), List.of(increment), Sample.NO_TIMESTAMP, 0));
    }

    @Override
    public void gauge(EntryFamily family, Labels labels, double value, long timestampMillis, int index) {
        samples.add(new Recorded(family, labels.copy(), List.of(), List.of(value), timestampMillis, index));
    }

    @Override
    public void observations(EntryFamily family, Labels labels, double[] values) {
        List<Double> numbers = DoubleStream.of(values).boxed().toList();
        samples.add(new Recorded(family, labels.copy(), List.of(), numbers, Sample.NO_TIMESTAMP, 0));
    }

    @Override
    public void bucketCounts(EntryFamily family, Labels labels, long[] counts, double sum) {
        List<Long> boxed = LongStream.of(counts).boxed().toList();
        samples.add(new Recorded(family, labels.copy(), boxed, List.of(sum), Sample.NO_TIMESTAMP, 0));
    }
}
