package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.stream.ByteSink;
import dev.streamgauge.core.tenant.TenantLimits;
import java.nio.ByteBuffer;

/**
 * How the samples of one family are aggregated: a kind with its parameters. Immutable; equal if the kinds and the
 * parameters are.
 *
 * <p>An aggregation goes all the way of a sample: it validates what was sent, writes it into an entry, merges it in
 * memory and reads what the fold script stored. Costs are in {@link dev.streamgauge.core.entry.FoldUnits}.
 */
public interface Aggregation {

    /** A sample without a timestamp. */
    long NO_TIMESTAMP = -1;

    /** The kind. */
    AggregationKind kind();

    /** What {@code # TYPE} says. */
    default MetricType type() {
        return kind().type();
    }

    /**
     * The value of a draft that has this aggregation. The draft has one form of value, and a sum only beside counts.
     *
     * @throws dev.streamgauge.core.sample.BrokenRule if the value breaks a rule of this kind
     */
    SampleValue validate(SampleDraft draft, TenantLimits limits);

    /**
     * The value of a sample with a known template: everything but its numbers was validated before.
     *
     * @param values the number, or all numbers, of the sample; the value keeps the array
     * @throws dev.streamgauge.core.sample.BrokenRule if the numbers break a rule of this kind
     */
    SampleValue validateNumbers(double[] values, TenantLimits limits);

    /**
     * A value that was validated under other parameters of this kind, as a value under these.
     *
     * @param family the name of the family that has these parameters, for messages
     * @throws dev.streamgauge.core.sample.BrokenRule if that cannot be done exactly
     */
    default SampleValue convert(SampleValue value, String family) {
        return value;
    }

    /** Writes the parameters that folding needs into an entry. */
    default void writeParameters(ByteSink out) {
        // none
    }

    /**
     * Writes a sample into an entry.
     *
     * @param index the sample's place in its request, from 0
     * @param timestampMillis in Unix milliseconds, or {@link #NO_TIMESTAMP}
     * @throws IllegalArgumentException if the value is one of another kind
     */
    void writeSample(ByteSink out, SampleValue value, int index, long timestampMillis);

    /** All parameters, as the row of the family has them. */
    default byte[] packParameters() {
        return new byte[0];
    }

    /** What a fold of one series costs, without its labels and without what its samples add. */
    int seriesUnits();

    /** What a sample adds to the cost of its series. */
    default int sampleUnits(SampleValue value) {
        return 0;
    }

    /** What a fold of one series costs more if its stored value is as large as it can be. */
    default int fullValueUnits() {
        return 0;
    }

    /** The identity of merging. */
    SeriesDelta newDelta();

    /**
     * Reads the packed form of a stored value at the buffer's position.
     *
     * @param storedCode one of {@link AggregationKind#storedCodes}
     * @throws java.nio.BufferUnderflowException if it is cut short
     * @throws IllegalArgumentException if it contains a number that no fold writes and no scrape may show
     */
    SeriesDelta unpack(int storedCode, ByteBuffer in);
}
