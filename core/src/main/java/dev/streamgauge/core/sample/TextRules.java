package dev.streamgauge.core.sample;

import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.text.Excerpt;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules for the texts of a sample. A text that breaks one throws {@link BrokenRule}. Lengths are in bytes of UTF-8,
 * as Mimir counts them.
 */
public final class TextRules {

    /** Bytes of a help text or a unit, as Mimir's {@code max_metadata_length}. */
    private static final int MAX_METADATA_LENGTH = 1024;

    /** Bytes of UTF-8 that a character of a string needs at most. */
    private static final int MAX_BYTES_PER_CHARACTER = 3;

    /** What Prometheus writes beside the samples of a scrape, and for its alerts. */
    private static final Set<String> OF_PROMETHEUS = Set.of(
            "up",
            "ALERTS",
            "ALERTS_FOR_STATE",
            "scrape_duration_seconds",
            "scrape_samples_scraped",
            "scrape_samples_post_metric_relabeling",
            "scrape_series_added",
            "scrape_timeout_seconds",
            "scrape_sample_limit",
            "scrape_body_size_bytes");

    private final TenantLimits limits;

    public TextRules(TenantLimits limits) {
        this.limits = limits;
    }

    /** Whether a text is a metric name: {@code [a-zA-Z_:][a-zA-Z0-9_:]*}. */
    public static boolean isMetricName(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
            boolean digit = c >= '0' && c <= '9' && i > 0;
            if (!letter && !digit) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** The metric's name, if it keeps the rules. */
    public String checkName(@Nullable String name) {
        if (name == null || name.isEmpty()) {
            throw new BrokenRule(Reason.MISSING_METRIC_NAME, "name: missing; give the metric's name");
        }
        if (isLonger(name, limits.maxLabelValueLength())) {
            throw new BrokenRule(
                    Reason.METRIC_NAME_TOO_LONG,
                    "name: " + utf8Length(name) + " bytes, at most " + limits.maxLabelValueLength());
        }
        if (!isMetricName(name)) {
            throw new BrokenRule(
                    Reason.METRIC_NAME_INVALID, "name: " + Excerpt.quoted(name) + " is not [a-zA-Z_:][a-zA-Z0-9_:]*");
        }
        if (OF_PROMETHEUS.contains(name)) {
            throw new BrokenRule(
                    Reason.METRIC_NAME_INVALID,
                    "name: " + Excerpt.quoted(name) + " is written by Prometheus itself; use another name");
        }
        return name;
    }

    /** A help text or a unit, if it keeps the rules; empty if there is none. */
    public static String checkMetadata(@Nullable String text, String field, Reason reason) {
        if (text == null) {
            return "";
        }
        if (isLonger(text, MAX_METADATA_LENGTH)) {
            throw new BrokenRule(reason, field + ": " + utf8Length(text) + " bytes, at most " + MAX_METADATA_LENGTH);
        }
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            boolean lineBreak = character == '\n';
            if (Character.isISOControl(character) && !lineBreak) {
                throw new BrokenRule(reason, field + ": has a control character");
            }
        }
        if (isMalformed(text)) {
            throw new BrokenRule(reason, field + ": has half a surrogate pair");
        }
        return text;
    }

    /** Likewise a unit. */
    public static String checkUnit(@Nullable String given) {
        String unit = checkMetadata(given, "unit", Reason.UNIT_INVALID);
        if (unit.indexOf('\n') >= 0) { // OpenMetrics writes a unit as it is
            throw new BrokenRule(Reason.UNIT_INVALID, "unit: has a line break");
        }
        return unit;
    }

    /**
     * Labels without those that have an empty value, if they keep the rules.
     *
     * @param reserved name of the label that belongs to the type; empty if there is none
     */
    public CanonicalLabels canonicalLabels(SampleDraft draft, String reserved) {
        List<SampleDraft.Label> labels = draft.labels;
        if (labels.isEmpty()) {
            return CanonicalLabels.NONE;
        }
        labels.sort(Comparator.comparing(SampleDraft.Label::name));
        StringBuilder text = new StringBuilder(labels.size() * 24);
        int count = 0;
        String previous = "";
        for (SampleDraft.Label label : labels) {
            checkLabel(label, reserved);
            if (label.name().equals(previous)) {
                throw new BrokenRule(
                        Reason.DUPLICATE_LABEL_NAMES, "labels: " + Excerpt.quoted(previous) + " given twice");
            }
            previous = label.name();
            if (!label.value().isEmpty()) {
                count++;
                CanonicalLabels.append(text, label.name(), label.value());
            }
        }
        if (count > limits.maxLabelNamesPerSeries()) {
            throw new BrokenRule(
                    Reason.MAX_LABEL_NAMES_PER_SERIES,
                    "labels: " + count + " given, at most " + limits.maxLabelNamesPerSeries());
        }
        return CanonicalLabels.ofText(text);
    }

    private void checkLabel(SampleDraft.Label label, String reserved) {
        String name = label.name();
        if (isLonger(name, limits.maxLabelNameLength())) {
            throw new BrokenRule(
                    Reason.LABEL_NAME_TOO_LONG,
                    "labels: a name of " + utf8Length(name) + " bytes, at most " + limits.maxLabelNameLength());
        }
        if (!isMetricName(name) || name.indexOf(':') >= 0 || name.startsWith("__")) {
            throw new BrokenRule(
                    Reason.LABEL_INVALID,
                    "labels: " + Excerpt.quoted(name) + " is not [a-zA-Z_][a-zA-Z0-9_]* without leading __");
        }
        if (name.equals(reserved)) {
            throw new BrokenRule(
                    Reason.LABEL_INVALID,
                    "labels: " + Excerpt.quoted(name) + " is ours on this type; use another name");
        }
        String value = label.value();
        if (isLonger(value, limits.maxLabelValueLength())) {
            throw new BrokenRule(
                    Reason.LABEL_VALUE_TOO_LONG,
                    "labels: value of " + Excerpt.quoted(name) + " has " + utf8Length(value) + " bytes, at most "
                            + limits.maxLabelValueLength());
        }
        for (int i = 0; i < value.length(); i++) {
            if (Character.isISOControl(value.charAt(i))) {
                throw new BrokenRule(
                        Reason.LABEL_VALUE_INVALID,
                        "labels: value of " + Excerpt.quoted(name) + " has a control character");
            }
        }
        if (isMalformed(value)) {
            throw new BrokenRule(
                    Reason.LABEL_VALUE_INVALID,
                    "labels: value of " + Excerpt.quoted(name) + " has half a surrogate pair");
        }
    }

    /** Whether a text has half a surrogate pair, which an escape in JSON can express and UTF-8 cannot. */
    private static boolean isMalformed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (Character.isHighSurrogate(character)) {
                i++;
                if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
                    return true;
                }
            } else if (Character.isLowSurrogate(character)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isLonger(String text, int maxBytes) {
        return text.length() > maxBytes
                || (text.length() > maxBytes / MAX_BYTES_PER_CHARACTER && utf8Length(text) > maxBytes);
    }

    /** Half a surrogate pair counts as three bytes. */
    private static int utf8Length(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character < 0x80) {
                bytes++;
            } else if (character < 0x800) {
                bytes += 2;
            } else if (Character.isHighSurrogate(character)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else {
                bytes += 3;
            }
        }
        return bytes;
    }
}
