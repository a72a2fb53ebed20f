package dev.streamgauge.ingest;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.LabelText;
import dev.streamgauge.core.tenant.TenantLimits;

/**
 * The text of an accepted sample without its numbers, and what it means. Whoever sends the same text with other numbers
 * means the same series.
 *
 * @param hash of the text, see {@link SampleText#hash}
 * @param text JSON as sent, {@code value}, {@code values} and {@code timestamp} cut out, after the text of the labels that
 *     the envelope gave it
 * @param judgedUnder the limits under which it was accepted
 * @param family as the text describes it
 * @param labels with those of the envelope
 * @param labelLength characters of the labels as sent, names and values
 */
record SampleShape(
        long hash, byte[] text, TenantLimits judgedUnder, Family family, LabelText labels, long labelLength) {}
