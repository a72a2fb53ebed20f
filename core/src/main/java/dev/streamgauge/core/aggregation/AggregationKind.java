package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.stream.ByteSource;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantLimits;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A way of aggregating samples, such as adding them up. A family has one kind for as long as it exists. A kind is one
 * file of this package and a Lua file of the same name, and is listed in {@link AggregationKinds#ALL}.
 *
 * <p>Together with the parameters of a family, such as its buckets, a kind is an {@link Aggregation}.
 */
public interface AggregationKind {

    /** The name in the JSON of pushes and in messages: lower case. */
    String name();

    /**
     * The letter of this kind in a family's row, in an entry, and in a call of the fold script. Another version of one
     * of these formats takes another letter, so that a reader meets a letter that it does not know, never a wrong
     * layout.
     */
    char code();

    /**
     * The letters that a stored value of this kind may begin with. The first is the one that is written; the others
     * stand for layouts of earlier releases.
     */
    String storedCodes();

    /** What {@code # TYPE} says. */
    MetricType type();

    /** A label that an exposition adds to tell the series of one distribution apart, and senders cannot have; or empty. */
    String reservedLabel();

    /** The suffixes of the series that a family shows besides its own name. No other family may have such a name. */
    List<String> seriesSuffixes();

    /**
     * The aggregation that a draft describes: this kind with the draft's parameters.
     *
     * @throws dev.streamgauge.core.sample.BrokenRule if the draft has parameters that are invalid or of another kind
     */
    Aggregation parse(SampleDraft draft, TenantLimits limits);

    /** Reads what {@link Aggregation#writeParameters} wrote. */
    Aggregation readParameters(ByteSource in) throws MalformedEntryException;

    /**
     * Reads what {@link Aggregation#packParameters} packed.
     *
     * @throws java.nio.BufferUnderflowException if it is cut short
     * @throws IllegalArgumentException if it contains something else
     */
    Aggregation unpackParameters(ByteBuffer in);
}
