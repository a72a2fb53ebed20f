package dev.streamgauge.core.aggregation;

import dev.streamgauge.core.sample.BrokenRule;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.tenant.TenantLimits;

/** Rules of a draft's fields that several kinds have in common. All throw {@link BrokenRule}. */
final class DraftFields {

    private DraftFields() {}

    /** For a kind that has no buckets. */
    static void rejectBuckets(SampleDraft draft, AggregationKind kind) {
        if (draft.buckets() != null) {
            throw new BrokenRule(Reason.BUCKETS_INVALID, "buckets: only a histogram has them, not a " + kind.name());
        }
    }

    /** For a kind that has no quantiles. */
    static void rejectQuantiles(SampleDraft draft, AggregationKind kind) {
        if (draft.quantiles() != null || draft.epsilons() != null) {
            throw new BrokenRule(Reason.QUANTILES_INVALID, "quantiles: only a summary has them, not a " + kind.name());
        }
    }

    /** The number of a draft of a kind that takes one. */
    static double number(SampleDraft draft, AggregationKind kind) {
        Double value = draft.value();
        if (value == null) {
            throw new BrokenRule(
                    Reason.VALUE_INVALID, "value: a " + kind.name() + " takes one value, no values and no counts");
        }
        return finite("value", value);
    }

    /** The raw values of a draft. */
    static SampleValue observations(SampleDraft draft, TenantLimits limits) {
        if (draft.value() != null) {
            return new SampleValue.Observations(new double[] {finite("value", draft.value())});
        }
        return observations(
                draft.values() == null ? new double[0] : draft.values().clone(), limits);
    }

    /** Raw values; keeps the array. */
    static SampleValue observations(double[] values, TenantLimits limits) {
        if (values.length == 0) {
            throw new BrokenRule(Reason.VALUE_INVALID, "values: empty; give at least one");
        }
        if (values.length > limits.maxValuesPerSample()) {
            throw new BrokenRule(
                    Reason.MAX_VALUES_PER_SAMPLE,
                    "values: " + values.length + " given, at most " + limits.maxValuesPerSample());
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = finite("values", values[i]);
        }
        return new SampleValue.Observations(values);
    }

    /** The value itself, which must be finite; 0.0 instead of -0.0. */
    static double finite(String field, double value) {
        if (!Double.isFinite(value)) {
            throw new BrokenRule(Reason.VALUE_INVALID, field + ": must be a finite number");
        }
        return value + 0.0; // turns -0.0 into 0.0, which renders as one would expect
    }
}
