package dev.streamgauge.ingest;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.tenant.TenantLimits;
import org.jspecify.annotations.Nullable;

/**
 * The text of an accepted sample without its numbers, and what it means. Whoever sends the same text with other numbers
 * means the same series. Thread-safe.
 */
final class SampleTemplate {

    private final long hash;
    private final byte[] text;
    private final TenantLimits validatedUnder;
    private final Family family;
    private final CanonicalLabels labels;
    private final long labelLength;

    /** Where the series was last seen registered. Threads may see an older one, which costs a look-up. */
    private RegisteredSeriesCache.@Nullable Epoch registeredIn;

    /**
     * A template.
     *
     * @param hash of the text, see {@link SampleScanner#hash}
     * @param text JSON as sent, {@code value}, {@code values} and {@code timestamp} cut out, after the text of the labels
     *     that the envelope gave it
     * @param validatedUnder the limits under which it was accepted
     * @param family as the text describes it
     * @param labels with those of the envelope
     * @param labelLength characters of the labels as sent, names and values
     */
    SampleTemplate(
            long hash,
            byte[] text,
            TenantLimits validatedUnder,
            Family family,
            CanonicalLabels labels,
            long labelLength) {
        this.hash = hash;
        this.text = text;
        this.validatedUnder = validatedUnder;
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

    TenantLimits validatedUnder() {
        return validatedUnder;
    }

    Family family() {
        return family;
    }

    CanonicalLabels labels() {
        return labels;
    }

    long labelLength() {
        return labelLength;
    }

    /** Whether the series was seen registered in that epoch of its tenant. */
    boolean isRegisteredIn(RegisteredSeriesCache.Epoch epoch) {
        return registeredIn == epoch;
    }

    /** Notes that the series is registered in that epoch of its tenant. Tenants share templates: only the last one is kept. */
    void noteRegisteredIn(RegisteredSeriesCache.Epoch epoch) {
        registeredIn = epoch;
    }
}
