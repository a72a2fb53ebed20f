package dev.streamgauge.ingest;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.LabelText;
import dev.streamgauge.core.tenant.TenantLimits;
import org.jspecify.annotations.Nullable;

/**
 * The text of an accepted sample without its numbers, and what it means. Whoever sends the same text with other numbers
 * means the same series. Thread-safe.
 */
final class SampleShape {

    private final long hash;
    private final SampleText.Template template;
    private final TenantLimits judgedUnder;
    private final Family family;
    private final LabelText labels;
    private final long labelLength;

    /** Where the series was last seen registered. Threads may see an older one, which costs a look-up. */
    private KnownRegistrations.@Nullable Epoch registeredIn;

    /** Hash of the shape that came after this one last. Threads may see an older one, which costs a longer walk. */
    private long follower;

    /**
     * A shape.
     *
     * @param hash of the text, see {@link SampleText#hash}
     * @param template JSON as sent, {@code value}, {@code values} and {@code timestamp} cut out, after the text of the
     *     labels that the envelope gave it
     * @param judgedUnder the limits under which it was accepted
     * @param family as the text describes it
     * @param labels with those of the envelope
     * @param labelLength characters of the labels as sent, names and values
     */
    SampleShape(
            long hash,
            SampleText.Template template,
            TenantLimits judgedUnder,
            Family family,
            LabelText labels,
            long labelLength) {
        this.hash = hash;
        this.template = template;
        this.judgedUnder = judgedUnder;
        this.family = family;
        this.labels = labels;
        this.labelLength = labelLength;
    }

    long hash() {
        return hash;
    }

    SampleText.Template template() {
        return template;
    }

    TenantLimits judgedUnder() {
        return judgedUnder;
    }

    Family family() {
        return family;
    }

    LabelText labels() {
        return labels;
    }

    long labelLength() {
        return labelLength;
    }

    /** Whether the series was seen registered in that epoch of its tenant. */
    boolean isRegisteredIn(KnownRegistrations.Epoch epoch) {
        return registeredIn == epoch;
    }

    /** Notes that the series is registered in that epoch of its tenant. Tenants share shapes: only the last one is kept. */
    void noteRegisteredIn(KnownRegistrations.Epoch epoch) {
        registeredIn = epoch;
    }

    /** Hash of the shape that is to be expected after this one: a sender names its series in one order, push after push. */
    long follower() {
        return follower;
    }

    /** Notes which shape came after this one. */
    void noteFollower(SampleShape next) {
        follower = next.hash;
    }
}
