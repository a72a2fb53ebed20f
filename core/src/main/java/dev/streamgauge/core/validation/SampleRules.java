package dev.streamgauge.core.validation;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.AggregationKind;
import dev.streamgauge.core.aggregation.AggregationKinds;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.BrokenRule;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.sample.TextRules;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.text.Excerpt;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rules that a sample must keep by itself. Those of its parameters and its value are its kind's. They are written by
 * hand, because checking them by annotations costs three quarters of a request. The first broken rule rejects the
 * sample.
 */
public final class SampleRules {

    /** How far ahead of our clock a timestamp may be, so that a sender with a wrong clock cannot freeze a gauge. */
    public static final Duration MAX_AHEAD = Duration.ofMinutes(5);

    /** 2001-09-09. Any later time in seconds is before it when it is taken for milliseconds. */
    private static final double EARLIEST_TIMESTAMP_MILLIS = 1e12;

    /** Largest integer up to which every integer is a double of its own. */
    private static final double MAX_EXACT_INTEGER = 0x1p53;

    private final TenantLimits limits;
    private final AggregationKinds kinds;
    private final TextRules texts;
    private final double latestTimestampMillis;

    public SampleRules(TenantLimits limits, Instant now) {
        this(limits, now, AggregationKinds.ALL);
    }

    /** The rules of samples of these kinds. */
    public SampleRules(TenantLimits limits, Instant now, AggregationKinds kinds) {
        this.limits = limits;
        this.kinds = kinds;
        this.texts = new TextRules(limits);
        this.latestTimestampMillis = now.plus(MAX_AHEAD).toEpochMilli();
    }

    /** The sample, or a rejection by the first rule that the draft breaks. */
    public ValidationResult validate(int index, SampleDraft draft) {
        try {
            return accept(index, draft);
        } catch (BrokenRule broken) {
            return ValidationResult.Rejected.of(index, broken.reason(), broken.getMessage());
        }
    }

    /**
     * Validates the numbers of a sample. Everything else was validated before, under limits that {@linkplain
     * TenantLimits#validatesTextsAs validate texts} as these do.
     *
     * @param values the number, or all numbers, of the sample; the sample keeps the array
     * @param timestampMillis the value of {@code timestamp}; empty if the sample has none
     */
    public ValidationResult validateNumbers(
            int index, Family family, CanonicalLabels labels, double[] values, OptionalDouble timestampMillis) {
        try {
            SampleValue value = family.aggregation().validateNumbers(values, limits);
            long timestamp =
                    timestampMillis.isEmpty() ? Sample.NO_TIMESTAMP : checkTimestamp(timestampMillis.getAsDouble());
            return new Sample(index, family, labels, value, timestamp);
        } catch (BrokenRule broken) {
            return ValidationResult.Rejected.of(index, broken.reason(), broken.getMessage());
        }
    }

    /** Checks the labels of an envelope, which every sample shares: the first broken rule, or empty. */
    public Optional<SampleRejection> checkCommonLabels(SampleDraft common) {
        try {
            Reason flaw = common.flaw();
            if (flaw != null) {
                throw new BrokenRule(flaw, common.flawMessage());
            }
            texts.canonicalLabels(common, "");
            return Optional.empty();
        } catch (BrokenRule broken) {
            return Optional.of(new SampleRejection(-1, broken.reason(), broken.getMessage()));
        }
    }

    private Sample accept(int index, SampleDraft draft) {
        Reason flaw = draft.flaw();
        if (flaw != null) {
            throw new BrokenRule(flaw, draft.flawMessage());
        }
        String name = texts.checkName(draft.name());
        AggregationKind kind = checkType(draft.type());
        Aggregation aggregation = kind.parse(draft, limits);
        checkForms(draft);
        SampleValue value = aggregation.validate(draft, limits);
        long timestampMillis = draft.timestamp() == null ? Sample.NO_TIMESTAMP : checkTimestamp(draft.timestamp());
        String help = TextRules.checkMetadata(draft.help(), "help", Reason.HELP_INVALID);
        String unit = TextRules.checkUnit(draft.unit());
        CanonicalLabels labels = texts.canonicalLabels(draft, kind.reservedLabel());
        Family family = new Family(name, help, unit, aggregation);
        return new Sample(index, family, labels, value, timestampMillis);
    }

    private AggregationKind checkType(@Nullable String type) {
        if (type == null) {
            String last = kinds.list().getLast().name();
            String others = kinds.list().stream()
                    .map(AggregationKind::name)
                    .filter(name -> !name.equals(last))
                    .collect(Collectors.joining(", "));
            throw new BrokenRule(Reason.MISSING_FIELD, "type: missing; give " + others + " or " + last);
        }
        return kinds.find(type)
                .orElseThrow(() -> new BrokenRule(
                        Reason.TYPE_UNKNOWN,
                        "type: " + Excerpt.quoted(type) + " is none of "
                                + kinds.list().stream()
                                        .map(AggregationKind::name)
                                        .collect(Collectors.joining(", "))));
    }

    private static void checkForms(SampleDraft draft) {
        int forms =
                (draft.value() == null ? 0 : 1) + (draft.values() == null ? 0 : 1) + (draft.counts() == null ? 0 : 1);
        if (forms == 0) {
            throw new BrokenRule(Reason.MISSING_FIELD, "value: missing; give value, values, or counts with sum");
        }
        if (forms > 1) {
            throw new BrokenRule(Reason.VALUE_INVALID, "value: give one of value, values, counts, not several");
        }
        if (draft.sum() != null && draft.counts() == null) {
            throw new BrokenRule(Reason.VALUE_INVALID, "sum: stands beside counts only");
        }
    }

    private long checkTimestamp(double millis) {
        if (!(millis >= 0 && millis <= MAX_EXACT_INTEGER && millis == Math.rint(millis))) {
            throw new BrokenRule(Reason.TIMESTAMP_INVALID, "timestamp: must be whole milliseconds since 1970");
        }
        if (millis < EARLIEST_TIMESTAMP_MILLIS) {
            throw new BrokenRule(
                    Reason.TIMESTAMP_INVALID,
                    "timestamp: before 2001-09-09; give milliseconds since 1970, not seconds");
        }
        if (millis > latestTimestampMillis) {
            throw new BrokenRule(
                    Reason.TOO_FAR_IN_FUTURE,
                    "timestamp: more than " + MAX_AHEAD.toMinutes() + " minutes ahead; give milliseconds, not "
                            + "nanoseconds, and check the sender's clock");
        }
        return (long) millis;
    }
}
