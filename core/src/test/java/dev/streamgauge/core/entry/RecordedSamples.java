package dev.streamgauge.core.entry;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.core.entry.EntryReader.EntryFamily;
import dev.streamgauge.core.entry.EntryReader.Labels;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.stream.ByteSource;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.validation.Sample;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.DoubleStream;

/** Records what an {@link EntryReader} passes to its visitor. */
final class RecordedSamples implements EntryReader.Samples<EntryFamily> {

    /** Where all recorded entries stand. */
    private static final EntryId POSITION = new EntryId(1_763_700_000_000L, 7);

    /**
     * One sample as read.
     *
     * @param delta what it adds, packed, in hex
     */
    record Recorded(EntryFamily family, CanonicalLabels labels, String delta) {

        /** What must be read back of a sample. */
        static Recorded of(Sample sample) {
            Family family = sample.family();
            SeriesDelta delta = family.aggregation().newDelta();
            add(delta, sample, POSITION);
            EntryFamily written = family.aggregation() instanceof Summary
                    ? new EntryFamily(family.name(), Summary.WITHOUT_QUANTILES)
                    : new EntryFamily(family.name(), family.aggregation());
            return of(written, sample.labels(), delta);
        }

        private static Recorded of(EntryFamily family, CanonicalLabels labels, SeriesDelta delta) {
            return new Recorded(family, labels, HexFormat.of().formatHex(delta.packedForFold()));
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
    public void sample(EntryFamily family, Labels labels, ByteSource in) throws MalformedEntryException {
        SeriesDelta delta = family.aggregation().newDelta();
        delta.addSample(in, POSITION);
        samples.add(Recorded.of(family, labels.copy(), delta));
    }

    /** Adds a sample to a delta without writing it into an entry. */
    static void add(SeriesDelta delta, Sample sample, EntryId position) {
        switch (delta) {
            case Counter.Delta counter -> counter.add(number(sample));
            case Gauge.Delta gauge -> {
                boolean isStamped = sample.timestampMillis() != Sample.NO_TIMESTAMP;
                long timestamp = isStamped ? sample.timestampMillis() : position.millis();
                gauge.set(number(sample), timestamp, position, sample.index());
            }
            case Histogram.Delta histogram -> addTo(histogram, sample.value());
            case Summary.Delta summary -> {
                for (double value : ((SampleValue.Observations) sample.value()).values()) {
                    summary.observe(value, position.millis());
                }
            }
            default -> throw new AssertionError(delta);
        }
    }

    private static double number(Sample sample) {
        return ((SampleValue.Scalar) sample.value()).value();
    }

    private static void addTo(Histogram.Delta histogram, SampleValue value) {
        switch (value) {
            case SampleValue.Observations(double[] values) ->
                DoubleStream.of(values).forEach(histogram::observe);
            case SampleValue.BucketCounts(var layout, long[] counts, double sum) -> {
                histogram.addSum(sum);
                for (int i = 0; i < layout.bucketCount(); i++) {
                    histogram.addCount(i, (double) counts[i]);
                }
            }
            case SampleValue.Scalar scalar -> throw new AssertionError("a histogram takes no " + scalar);
        }
    }
}
