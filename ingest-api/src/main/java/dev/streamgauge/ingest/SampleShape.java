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
    private final byte[] text;
    private final TenantLimits judgedUnder;
    private final Family family;
    private final LabelText labels;
    private final long labelLength;

    /** Where the series was last seen registered. Threads may see an older one, which costs a look-up. */
    private KnownRegistrations.@Nullable Epoch registeredIn;

    /**
     * A shape.
     *
     * @param hash of the text, see {@link SampleText#hash}
     * @param text JSON as sent, {@code value}, {@code values} and {@code timestamp} cut out, after the text of the labels
     *     that the envelope gave it
     * @param judgedUnder the limits under which it was accepted
     * @param family as the text describes it
     * @param labels with those of the envelope
     * @param labelLength characters of the labels as sent, names and values
     */
    SampleShape(long hash, byte[] text, TenantLimits judgedUnder, Family family, LabelText labels, long labelLength) {
        this.hash = hash;
        this.text = text;
        this.judgedUnder = judgedUnder;
        this.family = family;
        this.labels = labels;
        this.labelLength = labelLength;
    }

    long hash() {
        return hash;
    }

    byte[] text() {
        return text;
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
}
