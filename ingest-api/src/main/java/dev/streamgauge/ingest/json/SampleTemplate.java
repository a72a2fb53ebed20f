package dev.streamgauge.ingest.json;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.ingest.protocol.SeriesMemo;

/**
 * The text of an accepted sample without its numbers, and its meaning: the same text with other numbers is a sample of
 * the same series. Since tenants share templates, a template is a memo of the last tenant's series. Thread-safe.
 */
final class SampleTemplate extends SeriesMemo {

    private final long hash;
    private final byte[] text;
    private final TenantLimits validatedUnder;
    private final Family family;
    private final CanonicalLabels labels;
    private final long labelLength;

    /**
     * A template.
     *
     * @param hash of the text, see {@link SampleScanner#hash}
     * @param text the labels of the envelope as sent, then the sample's JSON as sent, without the numbers of {@code
     *     value}, {@code values} and {@code timestamp}
     * @param validatedUnder the limits under which it was accepted
     * @param family the family as the text describes it
     * @param labels the labels, including those of the envelope
     * @param labelLength total length of the label names and values as sent, in characters
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
}
