package dev.streamgauge.core.validation;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.text.Excerpt;
import java.util.Optional;

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
    public static final long NO_TIMESTAMP = -1;

    /**
     * This sample as a sample of an existing family, with the type and layout of that family instead of its own. Raw
     * values fit any layout. Counts fit only a layout whose bounds are all among their own; otherwise the sample is
     * rejected.
     */
    public ValidationResult under(Family existing) {
        if (existing.type() != family.type()) {
            return rejected(
                    Reason.TYPE_CONFLICT,
                    "type: " + Excerpt.of(existing.name()) + " is a "
                            + existing.type().text() + ", not a "
                            + family.type().text());
        }
        if (!(value instanceof SampleValue.BucketCounts counts)) {
            return new Sample(index, existing, labels, value, timestampMillis);
        }
        BucketLayout layout = existing.layout();
        Optional<long[]> rebucketed = layout.rebucket(counts.layout(), counts.counts());
        if (rebucketed.isEmpty()) {
            return rejected(
                    Reason.BUCKET_LAYOUT_CONFLICT,
                    "buckets: counts need every bound of " + Excerpt.of(existing.name()) + ", which has "
                            + Excerpt.of(layout.toString()));
        }
        SampleValue value = new SampleValue.BucketCounts(layout, rebucketed.get(), counts.sum());
        return new Sample(index, existing, labels, value, timestampMillis);
    }

    /** A rejection of this sample. */
    public ValidationResult.Rejected rejected(Reason reason, String message) {
        return ValidationResult.Rejected.of(index, reason, message);
    }
}
