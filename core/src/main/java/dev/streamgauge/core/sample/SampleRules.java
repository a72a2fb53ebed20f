package dev.streamgauge.core.sample;

import dev.streamgauge.core.family.BucketLayout;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.MetricType;
import dev.streamgauge.core.family.Quantiles;
import dev.streamgauge.core.tenant.TenantLimits;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
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

    /** Characters of a help text or a unit, as Mimir's {@code max_metadata_length}. */
    public static final int MAX_METADATA_LENGTH = 1024;

    /** Largest integer up to which every integer is a double of its own. */
    static final double MAX_EXACT_INTEGER = 0x1p53;

    private final TenantLimits limits;
    private final double latestTimestampMillis;

    public SampleRules(TenantLimits limits, Instant now) {
        this.limits = limits;
        this.latestTimestampMillis = now.plus(MAX_AHEAD).toEpochMilli();
    }

    /** The sample, or a rejection by the first rule that the draft breaks. */
    public ValidationResult validate(int index, SampleDraft draft) {
        try {
            return accept(index, draft);
        } catch (BrokenRule broken) {
            return ValidationResult.Rejected.of(index, broken.reason, broken.getMessage());
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
            return ValidationResult.Rejected.of(index, broken.reason, broken.getMessage());
        }
    }

    /** Checks the labels of an envelope, which every sample shares: the first broken rule, or empty. */
    public Optional<SampleRejection> checkCommonLabels(SampleDraft common) {
        try {
            Reason flaw = common.flaw();
            if (flaw != null) {
                throw new BrokenRule(flaw, common.flawMessage());
            }
            canonicalLabels(common.labels, "");
            return Optional.empty();
        } catch (BrokenRule broken) {
            return Optional.of(new SampleRejection(-1, broken.reason, broken.getMessage()));
        }
    }

    private Sample accept(int index, SampleDraft draft) {
        Reason flaw = draft.flaw();
        if (flaw != null) {
            throw new BrokenRule(flaw, draft.flawMessage());
        }
        String name = checkName(draft.name);
        MetricType type = checkType(draft.type);
        BucketLayout layout = checkBuckets(type, draft.buckets);
        Quantiles quantiles = checkQuantiles(type, draft.quantiles, draft.epsilons);
        SampleValue value = checkValue(type, layout, draft);
        long timestampMillis = draft.timestamp == null ? Sample.NO_TIMESTAMP : checkTimestamp(draft.timestamp);
        String help = checkMetadata(draft.help, "help", Reason.HELP_INVALID);
        String unit = checkUnit(draft.unit);
        CanonicalLabels labels = canonicalLabels(draft.labels, type.ownLabel());
        Family family = new Family(name, type, help, unit, layout, quantiles);
        return new Sample(index, family, labels, value, timestampMillis);
    }

    private String checkName(@Nullable String name) {
        if (name == null || name.isEmpty()) {
            throw new BrokenRule(Reason.MISSING_METRIC_NAME, "name: missing; give the metric's name");
        }
        if (name.length() > limits.maxLabelValueLength()) {
            throw new BrokenRule(
                    Reason.METRIC_NAME_TOO_LONG,
                    "name: " + name.length() + " characters, at most " + limits.maxLabelValueLength());
        }
        if (!Family.isName(name)) {
            throw new BrokenRule(
                    Reason.METRIC_NAME_INVALID, "name: " + Excerpt.quoted(name) + " is not [a-zA-Z_:][a-zA-Z0-9_:]*");
        }
        return name;
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
        int forms = (draft.value == null ? 0 : 1) + (draft.values == null ? 0 : 1) + (draft.counts == null ? 0 : 1);
        if (forms == 0) {
            throw new BrokenRule(Reason.MISSING_FIELD, "value: missing; give value, values, or counts with sum");
        }
        if (forms > 1) {
            throw new BrokenRule(Reason.VALUE_INVALID, "value: give one of value, values, counts, not several");
        }
        if (draft.sum != null && draft.counts == null) {
            throw new BrokenRule(Reason.VALUE_INVALID, "sum: stands beside counts only");
        }
        return switch (type) {
            case COUNTER, GAUGE -> checkScalar(type, draft);
            case HISTOGRAM ->
                draft.counts == null ? checkObservations(draft) : checkCounts(layout, draft.counts, draft.sum);
            case SUMMARY -> {
                if (draft.counts != null) {
                    throw new BrokenRule(Reason.VALUE_INVALID, "counts: only a histogram takes them, not a summary");
                }
                yield checkObservations(draft);
            }
        };
    }

    private static SampleValue checkScalar(MetricType type, SampleDraft draft) {
        Double value = draft.value;
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
        if (draft.value != null) {
            return new SampleValue.Observations(new double[] {checkFinite("value", draft.value)});
        }
        return checkObservations(draft.values == null ? new double[0] : draft.values.clone());
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
        for (int i = 0; i < counts.length; i++) {
            if (!(counts[i] >= 0 && counts[i] <= MAX_EXACT_INTEGER && counts[i] == Math.rint(counts[i]))) {
                throw new BrokenRule(Reason.VALUE_INVALID, "counts: each must be a whole number from 0 to 2^53");
            }
            whole[i] = (long) counts[i];
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
        if (millis > latestTimestampMillis) {
            throw new BrokenRule(
                    Reason.TOO_FAR_IN_FUTURE,
                    "timestamp: more than " + MAX_AHEAD.toMinutes() + " minutes ahead; give milliseconds, not "
                            + "nanoseconds, and check the sender's clock");
        }
        return (long) millis;
    }

    private static String checkMetadata(@Nullable String text, String field, Reason reason) {
        if (text == null) {
            return "";
        }
        if (text.length() > MAX_METADATA_LENGTH) {
            throw new BrokenRule(reason, field + ": " + text.length() + " characters, at most " + MAX_METADATA_LENGTH);
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

    private static String checkUnit(@Nullable String given) {
        String unit = checkMetadata(given, "unit", Reason.UNIT_INVALID);
        if (unit.indexOf('\n') >= 0) { // OpenMetrics writes a unit as it is
            throw new BrokenRule(Reason.UNIT_INVALID, "unit: has a line break");
        }
        return unit;
    }

    private CanonicalLabels canonicalLabels(List<SampleDraft.Label> labels, String reserved) {
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
        if (name.length() > limits.maxLabelNameLength()) {
            throw new BrokenRule(
                    Reason.LABEL_NAME_TOO_LONG,
                    "labels: a name of " + name.length() + " characters, at most " + limits.maxLabelNameLength());
        }
        if (!Family.isName(name) || name.indexOf(':') >= 0 || name.startsWith("__")) {
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
        if (value.length() > limits.maxLabelValueLength()) {
            throw new BrokenRule(
                    Reason.LABEL_VALUE_TOO_LONG,
                    "labels: value of " + Excerpt.quoted(name) + " has " + value.length() + " characters, at most "
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

    /** Ends validation at the first broken rule; caught only in this class, and without a stack trace. */
    private static final class BrokenRule extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final Reason reason;

        BrokenRule(Reason reason, String message) {
            super(message, null, false, false);
            this.reason = reason;
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }
}
