package dev.streamgauge.core.validation;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.AggregationKind;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.BrokenRule;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.text.Excerpt;

/**
 * What a sender observed of one series since its last push. It keeps every rule that does not depend on stored data.
 *
 * @param index its place in the request, from 0
 * @param family the family as this sample describes it; the family's first accepted sample decides
 * @param labels the series within the family
 * @param value what was seen
 * @param timestampMillis when, in Unix milliseconds, or {@link #NO_TIMESTAMP}; orders gauges, and nothing else
 */
public record Sample(int index, Family family, CanonicalLabels labels, SampleValue value, long timestampMillis)
        implements ValidationResult {

    /** The sample has no timestamp; the time of its admission is used instead. */
    public static final long NO_TIMESTAMP = Aggregation.NO_TIMESTAMP;

    /**
     * This sample as a sample of an existing family, with the aggregation of that family instead of its own. It is
     * rejected if its kind is another one, or if its value does not fit exactly.
     */
    public ValidationResult under(Family existing) {
        AggregationKind kind = family.aggregation().kind();
        AggregationKind existingKind = existing.aggregation().kind();
        if (!existingKind.equals(kind)) {
            return rejected(
                    Reason.TYPE_CONFLICT,
                    "type: " + Excerpt.of(existing.name()) + " is a " + existingKind.name() + ", not a " + kind.name());
        }
        try {
            SampleValue converted = existing.aggregation().convert(value, existing.name());
            return new Sample(index, existing, labels, converted, timestampMillis);
        } catch (BrokenRule broken) {
            return rejected(broken.reason(), broken.getMessage());
        }
    }

    /** A rejection of this sample. */
    public ValidationResult.Rejected rejected(Reason reason, String message) {
        return ValidationResult.Rejected.of(index, reason, message);
    }
}
