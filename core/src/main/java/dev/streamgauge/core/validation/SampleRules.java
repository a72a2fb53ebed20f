package dev.streamgauge.core.validation;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.BrokenRule;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.sample.TextRules;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.core.text.Excerpt;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The rules that a sample must keep by itself. They are written by hand, because checking them by annotations costs
 * three quarters of a request. The first broken rule rejects the sample.
 */
public final class SampleRules {

    /** How far ahead of our clock a timestamp may be, so that a sender with a wrong clock cannot freeze a gauge. */
    public static final Duration MAX_AHEAD = Duration.ofMinutes(5);

    /** 2001-09-09. Any later time in seconds is before it when it is taken for milliseconds. */
    private static final double EARLIEST_TIMESTAMP_MILLIS = 1e12;

    /** Largest integer up to which every integer is a double of its own. */
    static final double MAX_EXACT_INTEGER = 0x1p53;

    private final TenantLimits limits;
    private final TextRules texts;
    private final double latestTimestampMillis;

    public SampleRules(TenantLimits limits, Instant now) {
        this.limits = limits;
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
            SampleValue value = switch (family.type()) {
                case COUNTER, GAUGE -> checkScalar(family.type(), values[0]);
                case HISTOGRAM, SUMMARY -> checkObservations(values);
            };
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
        MetricType type = checkType(draft.type());
        BucketLayout layout = checkBuckets(type, draft.buckets());
        Quantiles quantiles = checkQuantiles(type, draft.quantiles(), draft.epsilons());
        SampleValue value = checkValue(type, layout, draft);
        long timestampMillis = draft.timestamp() == null ? Sample.NO_TIMESTAMP : checkTimestamp(draft.timestamp());
        String help = TextRules.checkMetadata(draft.help(), "help", Reason.HELP_INVALID);
        String unit = TextRules.checkUnit(draft.unit());
        CanonicalLabels labels = texts.canonicalLabels(draft, type.ownLabel());
        Family family = new Family(name, type, help, unit, layout, quantiles);
        return new Sample(index, family, labels, value, timestampMillis);
    }

    private static MetricType checkType(@Nullable String type) {
        if (type == null) {
            throw new BrokenRule(Reason.MISSING_FIELD, "type: missing; give counter, gauge, histogram or summary");
        }
        return MetricType.parse(type)
                .orElseThrow(() -> new BrokenRule(
                        Reason.TYPE_UNKNOWN,
                        "type: " + Excerpt.quoted(type) + " is none of counter, gauge, histogram, summary"));
    }

    private BucketLayout checkBuckets(MetricType type, double @Nullable [] buckets) {
        if (buckets == null) {
            return BucketLayout.DEFAULT;
        }
        if (type != MetricType.HISTOGRAM) {
            throw new BrokenRule(Reason.BUCKETS_INVALID, "buckets: only a histogram has them, not a " + type.text());
        }
        if (buckets.length > limits.maxBucketsPerHistogram()) {
            throw new BrokenRule(
                    Reason.MAX_BUCKETS_PER_HISTOGRAM,
                    "buckets: " + buckets.length + " given, at most " + limits.maxBucketsPerHistogram());
        }
        if (buckets.length == 0) {
            throw new BrokenRule(
                    Reason.BUCKETS_INVALID, "buckets: empty; give at least one bound, or leave the field out");
        }
        return BucketLayout.of(buckets)
                .orElseThrow(() -> new BrokenRule(
                        Reason.BUCKETS_INVALID,
                        "buckets: bounds must be finite and strictly ascending; +Inf is implied"));
    }

    private static Quantiles checkQuantiles(
            MetricType type, double @Nullable [] quantiles, double @Nullable [] epsilons) {
        if (quantiles == null && epsilons == null) {
            return Quantiles.NONE;
        }
        if (type != MetricType.SUMMARY) {
            throw new BrokenRule(Reason.QUANTILES_INVALID, "quantiles: only a summary has them, not a " + type.text());
        }
        if (quantiles == null || (epsilons != null && epsilons.length != quantiles.length)) {
            throw new BrokenRule(Reason.QUANTILES_INVALID, "epsilons: must stand beside quantiles, one for each");
        }
        if (epsilons != null) {
            for (double epsilon : epsilons) {
                if (!(epsilon >= 0 && epsilon <= 1)) {
                    throw new BrokenRule(Reason.QUANTILES_INVALID, "epsilons: each must be 0 to 1");
                }
            }
        }
        return Quantiles.of(quantiles)
                .orElseThrow(() -> new BrokenRule(
                        Reason.QUANTILES_INVALID,
                        "quantiles: each must be 0 to 1 and given once, at most " + Quantiles.MAX_COUNT));
    }

    private SampleValue checkValue(MetricType type, BucketLayout layout, SampleDraft draft) {
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
        return switch (type) {
            case COUNTER, GAUGE -> checkScalar(type, draft);
            case HISTOGRAM ->
                draft.counts() == null ? checkObservations(draft) : checkCounts(layout, draft.counts(), draft.sum());
            case SUMMARY -> {
                if (draft.counts() != null) {
                    throw new BrokenRule(Reason.VALUE_INVALID, "counts: only a histogram takes them, not a summary");
                }
                yield checkObservations(draft);
            }
        };
    }

    private static SampleValue checkScalar(MetricType type, SampleDraft draft) {
        Double value = draft.value();
        if (value == null) {
            throw new BrokenRule(
                    Reason.VALUE_INVALID, "value: a " + type.text() + " takes one value, no values and no counts");
        }
        return checkScalar(type, value.doubleValue());
    }

    private static SampleValue checkScalar(MetricType type, double value) {
        double finite = checkFinite("value", value);
        if (type == MetricType.COUNTER && finite < 0) {
            throw new BrokenRule(
                    Reason.COUNTER_NEGATIVE, "value: a counter only grows; give what was added, 0 or more");
        }
        return new SampleValue.Scalar(finite);
    }

    private SampleValue checkObservations(SampleDraft draft) {
        if (draft.value() != null) {
            return new SampleValue.Observations(new double[] {checkFinite("value", draft.value())});
        }
        return checkObservations(
                draft.values() == null ? new double[0] : draft.values().clone());
    }

    /** Keeps the array. */
    private SampleValue checkObservations(double[] values) {
        if (values.length == 0) {
            throw new BrokenRule(Reason.VALUE_INVALID, "values: empty; give at least one");
        }
        if (values.length > limits.maxValuesPerSample()) {
            throw new BrokenRule(
                    Reason.MAX_VALUES_PER_SAMPLE,
                    "values: " + values.length + " given, at most " + limits.maxValuesPerSample());
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = checkFinite("values", values[i]);
        }
        return new SampleValue.Observations(values);
    }

    private static SampleValue checkCounts(BucketLayout layout, double[] counts, @Nullable Double sum) {
        if (sum == null) {
            throw new BrokenRule(Reason.MISSING_FIELD, "sum: missing; counts need the sum of their values");
        }
        if (counts.length != layout.bucketCount()) {
            throw new BrokenRule(
                    Reason.BUCKETS_INVALID,
                    "counts: " + counts.length + " given, " + layout.bucketCount()
                            + " needed, one a bucket and the last for +Inf");
        }
        long[] whole = new long[counts.length];
        boolean isEmpty = true;
        for (int i = 0; i < counts.length; i++) {
            if (!(counts[i] >= 0 && counts[i] <= MAX_EXACT_INTEGER && counts[i] == Math.rint(counts[i]))) {
                throw new BrokenRule(Reason.VALUE_INVALID, "counts: each must be a whole number from 0 to 2^53");
            }
            whole[i] = (long) counts[i];
            isEmpty &= whole[i] == 0;
        }
        if (isEmpty && sum != 0) {
            throw new BrokenRule(Reason.VALUE_INVALID, "sum: must be 0, since all counts are 0");
        }
        return new SampleValue.BucketCounts(layout, whole, checkFinite("sum", sum));
    }

    private static double checkFinite(String field, double value) {
        if (!Double.isFinite(value)) {
            throw new BrokenRule(Reason.VALUE_INVALID, field + ": must be a finite number");
        }
        return value + 0.0; // turns -0.0 into 0.0, which renders as one would expect
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
