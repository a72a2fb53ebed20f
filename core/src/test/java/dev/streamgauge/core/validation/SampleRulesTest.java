package dev.streamgauge.core.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.SampleArbitraries;
import dev.streamgauge.core.aggregation.Gauge;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.SampleDraft;
import dev.streamgauge.core.sample.SampleRejection;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantLimits;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each test validates a list of drafts: line 3 of the expected text is the result for draft 3. */
class SampleRulesTest {

    private static final Instant NOW = Instant.ofEpochMilli(1_763_700_000_000L);
    private static final double LATEST_MILLIS = NOW.plus(SampleRules.MAX_AHEAD).toEpochMilli();

    private static final SampleRules RULES = new SampleRules(TenantLimits.DEFAULTS, NOW);

    /** Limits small enough to test each of them at its maximum and one above. */
    private static final SampleRules TIGHT_RULES = new SampleRules(
            TenantLimits.DEFAULTS.with(Map.of(
                    Limit.MAX_LABEL_NAMES_PER_SERIES, 2.0,
                    Limit.MAX_LABEL_NAME_LENGTH, 3.0,
                    Limit.MAX_LABEL_VALUE_LENGTH, 4.0,
                    Limit.MAX_VALUES_PER_SAMPLE, 2.0,
                    Limit.MAX_BUCKETS_PER_HISTOGRAM, 2.0)),
            NOW);

    @Test
    void validate_checksTheName() {
        String results = validate(
                RULES,
                SampleRulesTest::counterWithoutName,
                draft -> counter(draft).name(""),
                draft -> counter(draft).name("a:b_C9"),
                draft -> counter(draft).name("9a"),
                draft -> counter(draft).name("a-b"),
                draft -> counter(draft).name("é"),
                draft -> counter(draft).name("a\nb"),
                draft -> counter(draft).name("\ud800"),
                draft -> counter(draft).name("n".repeat(2048)),
                draft -> counter(draft).name("n".repeat(2049)),
                draft -> counter(draft).name("-".repeat(201)),
                draft -> counter(draft).name("up"),
                draft -> counter(draft).name("ALERTS"),
                draft -> counter(draft).name("scrape_duration_seconds"),
                draft -> counter(draft).name("upper"),
                draft -> counter(draft).name("scrape_duration"));

        assertThat(results).isEqualTo("""
                missing-metric-name: name: missing; give the metric's name
                missing-metric-name: name: missing; give the metric's name
                accepted
                metric-name-invalid: name: '9a' is not [a-zA-Z_:][a-zA-Z0-9_:]*
                metric-name-invalid: name: 'a-b' is not [a-zA-Z_:][a-zA-Z0-9_:]*
                metric-name-invalid: name: 'é' is not [a-zA-Z_:][a-zA-Z0-9_:]*
                metric-name-invalid: name: 'a?b' is not [a-zA-Z_:][a-zA-Z0-9_:]*
                metric-name-invalid: name: '?' is not [a-zA-Z_:][a-zA-Z0-9_:]*
                accepted
                metric-name-too-long: name: 2049 bytes, at most 2048
                metric-name-invalid: name: '%s…' is not [a-zA-Z_:][a-zA-Z0-9_:]*
                metric-name-invalid: name: 'up' is written by Prometheus itself; use another name
                metric-name-invalid: name: 'ALERTS' is written by Prometheus itself; use another name
                metric-name-invalid: name: 'scrape_duration_seconds' is written by Prometheus itself; use another name
                accepted
                accepted
                """.formatted("-".repeat(64)));
    }

    @Test
    void validate_checksTheType() {
        String results = validate(
                RULES,
                SampleRulesTest::oneWithoutType,
                draft -> counter(draft).type(""),
                draft -> counter(draft).type("Counter"),
                draft -> counter(draft).type("untyped\0"));

        assertThat(results).isEqualTo("""
                missing-field: type: missing; give counter, gauge, histogram or summary
                type-unknown: type: '' is none of counter, gauge, histogram, summary
                type-unknown: type: 'Counter' is none of counter, gauge, histogram, summary
                type-unknown: type: 'untyped?' is none of counter, gauge, histogram, summary
                """);
    }

    @Test
    void validate_checksThatThereIsOneFormOfValue() {
        String results = validate(
                RULES,
                draft -> ofType(draft, "counter", null),
                draft -> histogram(draft).sum(1),
                draft -> histogram(draft).values(numbers(1)),
                draft -> {
                    histogram(draft).value(1);
                    draft.values(numbers(1));
                },
                draft -> {
                    histogram(draft).value(1);
                    draft.sum(1);
                },
                draft -> {
                    summary(draft).values(numbers(1));
                    draft.counts(numbers(1));
                });

        assertThat(results).isEqualTo("""
                missing-field: value: missing; give value, values, or counts with sum
                missing-field: value: missing; give value, values, or counts with sum
                accepted
                value-invalid: value: give one of value, values, counts, not several
                value-invalid: sum: stands beside counts only
                value-invalid: value: give one of value, values, counts, not several
                """);
    }

    @Test
    void validate_checksTheValueOfCountersAndGauges() {
        String results = validate(
                RULES,
                draft -> counter(draft).value(0),
                draft -> counter(draft).value(-0.0),
                draft -> counter(draft).value(-Double.MIN_VALUE),
                draft -> counter(draft).value(Double.MAX_VALUE),
                draft -> counter(draft).value(Double.NaN),
                draft -> counter(draft).value(Double.POSITIVE_INFINITY),
                draft -> gauge(draft).value(-1),
                draft -> gauge(draft).value(Double.NEGATIVE_INFINITY),
                draft -> {
                    ofType(draft, "gauge", null);
                    draft.values(numbers(1));
                },
                draft -> {
                    ofType(draft, "counter", null);
                    draft.counts(numbers(1));
                    draft.sum(1);
                });

        assertThat(results).isEqualTo("""
                accepted
                accepted
                counter-negative: value: a counter only grows; give what was added, 0 or more
                accepted
                value-invalid: value: must be a finite number
                value-invalid: value: must be a finite number
                accepted
                value-invalid: value: must be a finite number
                value-invalid: value: a gauge takes one value, no values and no counts
                value-invalid: value: a counter takes one value, no values and no counts
                """);
    }

    @Test
    void validate_checksRawValues() {
        String results = validate(
                RULES,
                draft -> histogram(draft).values(numbers()),
                draft -> summary(draft).values(numbers()),
                draft -> histogram(draft).values(numbers(1, Double.NaN)),
                draft -> summary(draft).value(Double.POSITIVE_INFINITY),
                draft -> summary(draft).values(new double[1000]),
                draft -> summary(draft).values(new double[1001]),
                draft -> histogram(draft).values(new double[1001]),
                draft -> {
                    summary(draft).counts(numbers(1));
                    draft.sum(1);
                });

        assertThat(results).isEqualTo("""
                value-invalid: values: empty; give at least one
                value-invalid: values: empty; give at least one
                value-invalid: values: must be a finite number
                value-invalid: value: must be a finite number
                accepted
                max-values-per-sample: values: 1001 given, at most 1000
                max-values-per-sample: values: 1001 given, at most 1000
                value-invalid: counts: only a histogram takes them, not a summary
                """);
    }

    @Test
    void validate_checksCounts() {
        String results = validate(
                RULES,
                draft -> counted(draft, 3, 1, 0),
                draft -> boundedByTwo(draft).counts(numbers(3, 1, 0)),
                draft -> counted(draft, 3, 1),
                draft -> counted(draft, 3, 1, 0, 0),
                draft -> counted(draft),
                draft -> counted(draft, 0x1p53, 0, -0.0),
                draft -> counted(draft, 0x1p53 + 2, 0, 0),
                draft -> counted(draft, 0.5, 0, 0),
                draft -> counted(draft, -1, 0, 0),
                draft -> counted(draft, Double.NaN, 0, 0),
                draft -> counted(draft, Double.POSITIVE_INFINITY, 0, 0),
                draft -> counted(draft, 3, 1, 0).sum(Double.NaN),
                draft -> counted(draft, 3, 1, 0).sum(-1e300),
                SampleRulesTest::countedWithoutBuckets);

        assertThat(results).isEqualTo("""
                accepted
                missing-field: sum: missing; counts need the sum of their values
                buckets-invalid: counts: 2 given, 3 needed, one a bucket and the last for +Inf
                buckets-invalid: counts: 4 given, 3 needed, one a bucket and the last for +Inf
                buckets-invalid: counts: 0 given, 3 needed, one a bucket and the last for +Inf
                accepted
                value-invalid: counts: each must be a whole number from 0 to 2^53
                value-invalid: counts: each must be a whole number from 0 to 2^53
                value-invalid: counts: each must be a whole number from 0 to 2^53
                value-invalid: counts: each must be a whole number from 0 to 2^53
                value-invalid: counts: each must be a whole number from 0 to 2^53
                value-invalid: sum: must be a finite number
                accepted
                buckets-invalid: counts: 3 given, 12 needed, one a bucket and the last for +Inf
                """);
    }

    @Test
    void validate_checksBuckets() {
        String results = validate(
                RULES,
                draft -> counter(draft).buckets(numbers(1)),
                draft -> gauge(draft).buckets(numbers(1)),
                draft -> observed(draft).buckets(numbers()),
                draft -> observed(draft).buckets(ascending(100)),
                draft -> observed(draft).buckets(ascending(101)),
                draft -> observed(draft).buckets(numbers(1, 1)),
                draft -> observed(draft).buckets(numbers(2, 1)),
                draft -> observed(draft).buckets(numbers(1, Double.POSITIVE_INFINITY)),
                draft -> observed(draft).buckets(numbers(Double.NaN)));

        assertThat(results).isEqualTo("""
                buckets-invalid: buckets: only a histogram has them, not a counter
                buckets-invalid: buckets: only a histogram has them, not a gauge
                buckets-invalid: buckets: empty; give at least one bound, or leave the field out
                accepted
                max-buckets-per-histogram: buckets: 101 given, at most 100
                buckets-invalid: buckets: bounds must be finite and strictly ascending; +Inf is implied
                buckets-invalid: buckets: bounds must be finite and strictly ascending; +Inf is implied
                buckets-invalid: buckets: bounds must be finite and strictly ascending; +Inf is implied
                buckets-invalid: buckets: bounds must be finite and strictly ascending; +Inf is implied
                """);
    }

    @Test
    void validate_checksQuantiles() {
        String results = validate(
                RULES,
                draft -> observed(draft).quantiles(numbers(0.5)),
                draft -> counter(draft).epsilons(numbers(0.5)),
                draft -> seen(draft).quantiles(numbers()),
                draft -> seen(draft).quantiles(numbers(1, 0, 0.5)),
                draft -> seen(draft).quantiles(numbers(0.5, 0.5)),
                draft -> seen(draft).quantiles(numbers(1.5)),
                draft -> seen(draft).quantiles(numbers(Double.NaN)),
                draft -> seen(draft).quantiles(fractions(20)),
                draft -> seen(draft).quantiles(fractions(21)),
                draft -> seen(draft).epsilons(numbers(0.1)),
                draft -> {
                    seen(draft).quantiles(numbers(0.5, 0.9));
                    draft.epsilons(numbers(0.1));
                },
                draft -> {
                    seen(draft).quantiles(numbers(0.5, 0.9));
                    draft.epsilons(numbers(0, 1));
                },
                draft -> {
                    seen(draft).quantiles(numbers(0.5));
                    draft.epsilons(numbers(1.1));
                },
                draft -> {
                    seen(draft).quantiles(numbers(0.5));
                    draft.epsilons(numbers(Double.NaN));
                });

        assertThat(results).isEqualTo("""
                quantiles-invalid: quantiles: only a summary has them, not a histogram
                quantiles-invalid: quantiles: only a summary has them, not a counter
                accepted
                accepted
                quantiles-invalid: quantiles: each must be 0 to 1 and given once, at most 20
                quantiles-invalid: quantiles: each must be 0 to 1 and given once, at most 20
                quantiles-invalid: quantiles: each must be 0 to 1 and given once, at most 20
                accepted
                quantiles-invalid: quantiles: each must be 0 to 1 and given once, at most 20
                quantiles-invalid: epsilons: must stand beside quantiles, one for each
                quantiles-invalid: epsilons: must stand beside quantiles, one for each
                accepted
                quantiles-invalid: epsilons: each must be 0 to 1
                quantiles-invalid: epsilons: each must be 0 to 1
                """);
    }

    @Test
    void validate_checksTheTimestamp() {
        String results = validate(
                RULES,
                draft -> gauge(draft).timestamp(0),
                draft -> gauge(draft).timestamp(1_763_700_000),
                draft -> gauge(draft).timestamp(999_999_999_999.0),
                draft -> gauge(draft).timestamp(1_000_000_000_000.0),
                draft -> gauge(draft).timestamp(LATEST_MILLIS),
                draft -> gauge(draft).timestamp(LATEST_MILLIS + 1),
                draft -> counter(draft).timestamp(LATEST_MILLIS + 1),
                draft -> gauge(draft).timestamp(0x1p53),
                draft -> gauge(draft).timestamp(0x1p53 + 2),
                draft -> gauge(draft).timestamp(-1),
                draft -> gauge(draft).timestamp(0.5),
                draft -> gauge(draft).timestamp(Double.NaN));

        assertThat(results).isEqualTo("""
                timestamp-invalid: timestamp: before 2001-09-09; give milliseconds since 1970, not seconds
                timestamp-invalid: timestamp: before 2001-09-09; give milliseconds since 1970, not seconds
                timestamp-invalid: timestamp: before 2001-09-09; give milliseconds since 1970, not seconds
                accepted
                accepted
                too-far-in-future: timestamp: more than 5 minutes ahead; give milliseconds, not nanoseconds, \
                and check the sender's clock
                too-far-in-future: timestamp: more than 5 minutes ahead; give milliseconds, not nanoseconds, \
                and check the sender's clock
                too-far-in-future: timestamp: more than 5 minutes ahead; give milliseconds, not nanoseconds, \
                and check the sender's clock
                timestamp-invalid: timestamp: must be whole milliseconds since 1970
                timestamp-invalid: timestamp: must be whole milliseconds since 1970
                timestamp-invalid: timestamp: must be whole milliseconds since 1970
                timestamp-invalid: timestamp: must be whole milliseconds since 1970
                """);
    }

    @Test
    void validate_checksHelpAndUnit() {
        String results = validate(
                RULES,
                draft -> counter(draft).help("h".repeat(1024)),
                draft -> counter(draft).help("h".repeat(1025)),
                draft -> counter(draft).help("two\nlines \\ \"quoted\" é漢😀"),
                draft -> counter(draft).help("a\rb"),
                draft -> counter(draft).help("a\tb"),
                draft -> counter(draft).help("a\ud83d"),
                draft -> counter(draft).help("\ude00a"),
                draft -> counter(draft).unit("u".repeat(1024)),
                draft -> counter(draft).unit("u".repeat(1025)),
                draft -> counter(draft).unit("\u007f"),
                draft -> counter(draft).unit("\ud83da"));

        assertThat(results).isEqualTo("""
                accepted
                help-invalid: help: 1025 bytes, at most 1024
                accepted
                help-invalid: help: has a control character
                help-invalid: help: has a control character
                help-invalid: help: has half a surrogate pair
                help-invalid: help: has half a surrogate pair
                accepted
                unit-invalid: unit: 1025 bytes, at most 1024
                unit-invalid: unit: has a control character
                unit-invalid: unit: has half a surrogate pair
                """);
    }

    @Test
    void validate_checksLabels() {
        String results = validate(
                RULES,
                draft -> counter(draft).label("_a9Z", "é漢😀 \"\\{}=,"),
                draft -> counter(draft).label("", "a"),
                draft -> counter(draft).label("9a", "a"),
                draft -> counter(draft).label("a:b", "a"),
                draft -> counter(draft).label("a-b", "a"),
                draft -> counter(draft).label("é", "a"),
                draft -> counter(draft).label("__a", "a"),
                draft -> counter(draft).label("_", "a"),
                draft -> counter(draft).label("__a", ""),
                draft -> counter(draft).label("le", "a"),
                draft -> counter(draft).label("quantile", "a"),
                draft -> observed(draft).label("le", "1"),
                draft -> observed(draft).label("quantile", "1"),
                draft -> seen(draft).label("quantile", "1"),
                draft -> seen(draft).label("le", "1"),
                draft -> counter(draft).label("a", "b\nc"),
                draft -> counter(draft).label("a", "\0"),
                draft -> counter(draft).label("a", "\u0085"),
                draft -> counter(draft).label("a", "\ud83d"),
                draft -> counter(draft).label("a", "\ude00\ud83d"),
                draft -> {
                    counter(draft).label("b", "1");
                    draft.label("a", "1");
                    draft.label("b", "");
                });

        assertThat(results).isEqualTo("""
                accepted
                label-invalid: labels: '' is not [a-zA-Z_][a-zA-Z0-9_]* without leading __
                label-invalid: labels: '9a' is not [a-zA-Z_][a-zA-Z0-9_]* without leading __
                label-invalid: labels: 'a:b' is not [a-zA-Z_][a-zA-Z0-9_]* without leading __
                label-invalid: labels: 'a-b' is not [a-zA-Z_][a-zA-Z0-9_]* without leading __
                label-invalid: labels: 'é' is not [a-zA-Z_][a-zA-Z0-9_]* without leading __
                label-invalid: labels: '__a' is not [a-zA-Z_][a-zA-Z0-9_]* without leading __
                accepted
                label-invalid: labels: '__a' is not [a-zA-Z_][a-zA-Z0-9_]* without leading __
                accepted
                accepted
                label-invalid: labels: 'le' is ours on this type; use another name
                accepted
                label-invalid: labels: 'quantile' is ours on this type; use another name
                accepted
                label-value-invalid: labels: value of 'a' has a control character
                label-value-invalid: labels: value of 'a' has a control character
                label-value-invalid: labels: value of 'a' has a control character
                label-value-invalid: labels: value of 'a' has half a surrogate pair
                label-value-invalid: labels: value of 'a' has half a surrogate pair
                duplicate-label-names: labels: 'b' given twice
                """);
    }

    @Test
    void validate_keepsTheDefaultLabelLimits() {
        String results = validate(
                RULES,
                draft -> labeled(counter(draft), 30),
                draft -> labeled(counter(draft), 31),
                draft -> labeled(counter(draft), 30).label("empty", ""),
                draft -> counter(draft).label("n".repeat(1024), "a"),
                draft -> counter(draft).label("n".repeat(1025), "a"),
                draft -> counter(draft).label("a", "v".repeat(2048)),
                draft -> counter(draft).label("a", "v".repeat(2049)));

        assertThat(results).isEqualTo("""
                accepted
                max-label-names-per-series: labels: 31 given, at most 30
                accepted
                accepted
                label-name-too-long: labels: a name of 1025 bytes, at most 1024
                accepted
                label-value-too-long: labels: value of 'a' has 2049 bytes, at most 2048
                """);
    }

    @Test
    void validate_keepsTheTenantsOwnLimits() {
        String results = validate(
                TIGHT_RULES,
                draft -> counter(draft).name("abcd"),
                draft -> counter(draft).name("abcde"),
                draft -> labeled(counter(draft), 2),
                draft -> labeled(counter(draft), 3),
                draft -> counter(draft).label("abc", "abcd"),
                draft -> counter(draft).label("abcd", "a"),
                draft -> counter(draft).label("a", "abcde"),
                draft -> summary(draft).values(numbers(1, 2)),
                draft -> summary(draft).values(numbers(1, 2, 3)),
                draft -> observed(draft).buckets(numbers(1, 2)),
                draft -> observed(draft).buckets(numbers(1, 2, 3)),
                SampleRulesTest::observed);

        assertThat(results).isEqualTo("""
                accepted
                metric-name-too-long: name: 5 bytes, at most 4
                accepted
                max-label-names-per-series: labels: 3 given, at most 2
                accepted
                label-name-too-long: labels: a name of 4 bytes, at most 3
                label-value-too-long: labels: value of 'a' has 5 bytes, at most 4
                accepted
                max-values-per-sample: values: 3 given, at most 2
                accepted
                max-buckets-per-histogram: buckets: 3 given, at most 2
                accepted
                """);
    }

    @Test
    void validate_passesOnTheParsersFlaw_beforeAnyOther() {
        String results = validate(
                RULES,
                draft -> draft.flaw(Reason.UNKNOWN_FIELD, "color: no such field"),
                draft -> counter(draft).flaw(Reason.VALUE_INVALID, "value: must be a number, not a string"));

        assertThat(results).isEqualTo("""
                unknown-field: color: no such field
                value-invalid: value: must be a number, not a string
                """);
    }

    @Test
    void validate_givesTheSample_whenAllRulesHold() {
        SampleDraft draft = gauge(new SampleDraft());
        draft.value(-0.0);
        draft.timestamp(1_763_700_000_001.0);
        draft.help("Depth");
        draft.unit("orders");
        draft.label("zone", "1");
        draft.label("empty", "");
        draft.label("region", "eu");

        ValidationResult result = RULES.validate(3, draft);

        Family family = new Family("a", "Depth", "orders", Gauge.INSTANCE);
        CanonicalLabels labels = SampleArbitraries.canonicalLabels(Map.of("region", "eu", "zone", "1"));
        assertThat(result).isEqualTo(new Sample(3, family, labels, new SampleValue.Scalar(0.0), 1_763_700_000_001L));
    }

    @Test
    void validate_copiesNumbersAndFamily_whenDistributionsAreGood() {
        double[] values = {-0.0, 2};
        SampleDraft histogram = histogram(new SampleDraft());
        histogram.values(values);
        histogram.buckets(numbers(0.5, 1));
        SampleDraft summary = summary(new SampleDraft());
        summary.value(512);
        summary.quantiles(numbers(0.9, 0.5));
        SampleDraft counted = counted(new SampleDraft(), 3, 1, 0);

        Sample ofHistogram = accepted(histogram);
        Sample ofSummary = accepted(summary);
        Sample ofCounts = accepted(counted);

        values[1] = 99;
        assertThat(ofHistogram.value())
                .usingRecursiveComparison()
                .isEqualTo(new SampleValue.Observations(new double[] {0.0, 2}));
        assertThat(ofHistogram.family().aggregation()).hasToString("Histogram[layout=[0.5, 1.0]]");
        assertThat(ofHistogram.timestampMillis()).isEqualTo(Sample.NO_TIMESTAMP);
        assertThat(ofSummary.value())
                .usingRecursiveComparison()
                .isEqualTo(new SampleValue.Observations(new double[] {512}));
        assertThat(ofSummary.family().aggregation()).hasToString("Summary[quantiles=[0.5, 0.9]]");
        assertThat(ofSummary.family().help()).isEmpty();
        assertThat(ofCounts.value()).isInstanceOfSatisfying(SampleValue.BucketCounts.class, counts -> {
            assertThat(counts.layout()).hasToString("[0.1, 0.5]");
            assertThat(counts.counts()).containsExactly(3, 1, 0);
            assertThat(counts.sum()).isEqualTo(0.4);
        });
    }

    @Test
    void checkCommonLabels_namesNoSample_whenALabelIsWrong() {
        SampleDraft good = new SampleDraft();
        good.label("le", "1");
        SampleDraft twice = new SampleDraft();
        twice.label("a", "1");
        twice.label("a", "2");
        SampleDraft flawed = new SampleDraft();
        flawed.flaw(Reason.LABEL_VALUE_INVALID, "labels: value of 'a' must be a string");

        assertThat(RULES.checkCommonLabels(good)).isEmpty();
        assertThat(RULES.checkCommonLabels(twice))
                .contains(new SampleRejection(-1, Reason.DUPLICATE_LABEL_NAMES, "labels: 'a' given twice"));
        assertThat(RULES.checkCommonLabels(flawed))
                .contains(new SampleRejection(-1, Reason.LABEL_VALUE_INVALID, "labels: value of 'a' must be a string"));
        assertThat(TIGHT_RULES.checkCommonLabels(labeled(new SampleDraft(), 3)))
                .contains(new SampleRejection(-1, Reason.MAX_LABEL_NAMES_PER_SERIES, "labels: 3 given, at most 2"));
    }

    @SafeVarargs
    private static String validate(SampleRules rules, Consumer<SampleDraft>... fillings) {
        StringBuilder lines = new StringBuilder();
        for (int index = 0; index < fillings.length; index++) {
            SampleDraft draft = new SampleDraft();
            fillings[index].accept(draft);
            lines.append(line(index, rules.validate(index, draft))).append('\n');
        }
        return lines.toString();
    }

    private static String line(int index, ValidationResult result) {
        return switch (result) {
            case Sample sample -> {
                assertThat(sample.index()).isEqualTo(index);
                yield "accepted";
            }
            case ValidationResult.Rejected(SampleRejection rejection) -> {
                assertThat(rejection.index()).isEqualTo(index);
                yield rejection.reason().id() + ": " + rejection.message();
            }
        };
    }

    private static Sample accepted(SampleDraft draft) {
        ValidationResult result = RULES.validate(0, draft);
        assertThat(result).isInstanceOf(Sample.class);
        return (Sample) result;
    }

    private static SampleDraft counter(SampleDraft draft) {
        return ofType(draft, "counter", 1.0);
    }

    private static SampleDraft gauge(SampleDraft draft) {
        return ofType(draft, "gauge", 1.0);
    }

    /** A histogram without a value. */
    private static SampleDraft histogram(SampleDraft draft) {
        return ofType(draft, "histogram", null);
    }

    /** A histogram with a value. */
    private static SampleDraft observed(SampleDraft draft) {
        return ofType(draft, "histogram", 1.0);
    }

    /** A summary without a value. */
    private static SampleDraft summary(SampleDraft draft) {
        return ofType(draft, "summary", null);
    }

    /** A summary with a value. */
    private static SampleDraft seen(SampleDraft draft) {
        return ofType(draft, "summary", 1.0);
    }

    private static SampleDraft ofType(SampleDraft draft, String type, @Nullable Double value) {
        draft.name("a");
        draft.type(type);
        if (value != null) {
            draft.value(value);
        }
        return draft;
    }

    private static void counterWithoutName(SampleDraft draft) {
        draft.type("counter");
        draft.value(1);
    }

    private static void oneWithoutType(SampleDraft draft) {
        draft.name("a");
        draft.value(1);
    }

    /** A histogram of two bounds without a value. */
    private static SampleDraft boundedByTwo(SampleDraft draft) {
        histogram(draft).buckets(new double[] {0.1, 0.5});
        return draft;
    }

    /** A histogram of two bounds with these counts. */
    private static SampleDraft counted(SampleDraft draft, double... counts) {
        boundedByTwo(draft).counts(counts);
        draft.sum(0.4);
        return draft;
    }

    private static void countedWithoutBuckets(SampleDraft draft) {
        histogram(draft).counts(numbers(3, 1, 0));
        draft.sum(0.4);
    }

    private static SampleDraft labeled(SampleDraft draft, int labels) {
        IntStream.range(0, labels).forEach(label -> draft.label("l" + label, "v"));
        return draft;
    }

    private static double[] numbers(double... numbers) {
        return numbers;
    }

    private static double[] ascending(int count) {
        return IntStream.range(0, count).mapToDouble(i -> i).toArray();
    }

    private static double[] fractions(int count) {
        return Arrays.stream(ascending(count)).map(i -> i / 100).toArray();
    }

    /** As Mimir counts: a character of 2, 3 or 4 bytes at both sides of the limit. */
    @ParameterizedTest
    @CsvSource({"é, 2", "€, 3", "🎉, 4"})
    void lengths_areBytesOfUtf8(String character, int bytes) {
        String most = character.repeat(2_048 / bytes);
        String help = character.repeat(1_024 / bytes);

        String results = validate(
                RULES,
                draft -> counter(draft).label("a", most),
                draft -> counter(draft).label("a", most + character),
                draft -> counter(draft).help(help),
                draft -> counter(draft).help(help + character));

        assertThat(results.lines().map(line -> line.replaceFirst(":.*", "")))
                .containsExactly("accepted", "label-value-too-long", "accepted", "help-invalid");
    }

    @Test
    void counts_thatAreAllZero_haveNoSum() {
        String results = validate(RULES, draft -> ofCounts(draft, 0), draft -> ofCounts(draft, 0.5));

        assertThat(results.lines())
                .containsExactly("accepted", "value-invalid: sum: must be 0, since all counts are 0");
    }

    private static SampleDraft ofCounts(SampleDraft draft, double sum) {
        draft.name("empty_seconds");
        draft.type("histogram");
        draft.buckets(new double[] {1});
        draft.counts(new double[] {0, 0});
        draft.sum(sum);
        return draft;
    }
}
