package dev.streamgauge.core.tenant;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The limits of a tenant: what each means, its default and its range.
 *
 * <p>They are declared here alone. Settings, files, the admin API and answers take names, defaults and ranges from here,
 * and a test holds the reference pages and the schema of the Helm chart equal. A new limit is a constant here, a method
 * of {@link TenantLimits}, a setting, and what that test asks for.
 */
public enum Limit {
    INGESTION_RATE(
            Unit.PER_SECOND,
            10_000,
            0,
            Double.MAX_VALUE,
            "Values per second, over all ingest processes together. A sample counts as its number of "
                    + "`values`, at least one; a new family or series, a rejected sample and 100 bytes of a rejected "
                    + "body count as one value each. 0 means no limit."),
    INGESTION_BURST_SIZE(
            Unit.COUNT,
            200_000,
            1,
            Integer.MAX_VALUE,
            "Values that may arrive at once. A request with more values is always rejected."),
    REQUEST_RATE(
            Unit.PER_SECOND,
            0,
            0,
            Double.MAX_VALUE,
            "Requests per second, over all ingest processes together. 0 means no limit. A request that is "
                    + "rejected for another reason does not count."),
    REQUEST_BURST_SIZE(
            Unit.COUNT,
            0,
            0,
            Integer.MAX_VALUE,
            "Requests that may arrive at once. At least 1 if there is a request rate; a rate without a burst "
                    + "size is invalid, so the process does not start, or the overrides file is invalid."),
    MAX_GLOBAL_SERIES_PER_USER(
            Unit.COUNT,
            150_000,
            0,
            Integer.MAX_VALUE,
            "Series of one tenant. 0 means no limit. A histogram or summary with one set of labels counts as "
                    + "one series."),
    MAX_GLOBAL_SERIES_PER_METRIC(
            Unit.COUNT, 0, 0, Integer.MAX_VALUE, "Series of one metric family of one tenant. 0 means no limit."),
    MAX_LABEL_NAMES_PER_SERIES(
            Unit.COUNT, 30, 0, 1_000, "Labels of one series. Labels with an empty value do not count."),
    MAX_LABEL_NAME_LENGTH(Unit.BYTES, 1_024, 1, 65_536, "Bytes of a label name."),
    MAX_LABEL_VALUE_LENGTH(Unit.BYTES, 2_048, 1, 65_536, "Bytes of UTF-8 of a label value, and of a metric name."),
    MAX_REQUEST_BYTES(Unit.BYTES, 1 << 20, 1, 64 << 20, "Bytes of a body before decompression."),
    MAX_DECOMPRESSED_BYTES(
            Unit.BYTES,
            10 << 20,
            1,
            64 << 20,
            "Bytes of a body after decompression. Also limits the characters of all labels of a request, "
                    + "with the common labels counted for each sample."),
    MAX_SAMPLES_PER_REQUEST(Unit.COUNT, 10_000, 1, 100_000, "Samples of one request."),
    MAX_VALUES_PER_SAMPLE(Unit.COUNT, 1_000, 1, 10_000, "Raw values of one histogram or summary sample."),
    MAX_VALUES_PER_REQUEST(
            Unit.COUNT,
            200_000,
            1,
            1_000_000,
            "Raw values and bucket counts in all `values` and `counts` of one request."),
    MAX_BUCKETS_PER_HISTOGRAM(Unit.COUNT, 100, 1, 1_000, "Bounds of a histogram, not counting `+Inf`."),
    MAX_BACKLOG_ENTRIES(
            Unit.COUNT,
            100_000,
            1,
            Integer.MAX_VALUE,
            "Accepted stream entries that are not folded yet. A request is one entry, or several entries if "
                    + "it is large."),
    MAX_BACKLOG_BYTES_PER_USER(
            Unit.BYTES,
            64 << 20,
            1,
            Limit.TEBIBYTE,
            "Estimated bytes in Redis of the entries that are not folded yet: payload + 100 each."),
    MAX_REGISTRY_BYTES_PER_USER(
            Unit.BYTES,
            128 << 20,
            0,
            Limit.TEBIBYTE,
            "Estimated bytes of the tenant's families and series in Redis: labels + value + 64 for a series "
                    + "(8 in a small family), name + row + 200 for a family. Checked when a series or a family is new. "
                    + "0 means no limit."),
    MAX_IDEMPOTENCY_BYTES_PER_USER(
            Unit.BYTES,
            32 << 20,
            0,
            Limit.TEBIBYTE,
            "Estimated bytes of the tenant's idempotency records of the last 10 to 20 minutes in Redis: key "
                    + "+ record + 150 each. 0 means no limit."),
    COUNTER_EXPIRY_SECONDS(
            Unit.SECONDS,
            0,
            0,
            Integer.MAX_VALUE,
            "Seconds without a new sample after which a counter expires. 0, the default, means never, "
                    + "because a counter that starts again is a counter reset for `rate()`."),
    GAUGE_EXPIRY_SECONDS(
            Unit.SECONDS,
            604_800,
            0,
            Integer.MAX_VALUE,
            "The same for a gauge. Must be more than twice the longest scrape interval, and longer than the "
                    + "longest gap between two pushes."),
    HISTOGRAM_EXPIRY_SECONDS(Unit.SECONDS, 604_800, 0, Integer.MAX_VALUE, "The same for a histogram."),
    SUMMARY_EXPIRY_SECONDS(Unit.SECONDS, 604_800, 0, Integer.MAX_VALUE, "The same for a summary."),
    NEW_SERIES_ZERO_SECONDS(
            Unit.SECONDS,
            75,
            0,
            3_600,
            "Seconds after its first sample during which scrapers see a counter or histogram, and the sum "
                    + "and count of a summary, as 0, so that `increase()` sees its first increment. 0 turns this off. "
                    + "Use the longest scrape interval plus 15.");

    private static final double TEBIBYTE = 0x1p40;

    private final String id = name().toLowerCase(Locale.ROOT);
    private final Unit unit;
    private final double defaultValue;
    private final double least;
    private final double greatest;
    private final String meaning;

    Limit(Unit unit, double defaultValue, double least, double greatest, String meaning) {
        this.unit = unit;
        this.defaultValue = defaultValue;
        this.least = least;
        this.greatest = greatest;
        this.meaning = meaning;
    }

    /** What the value of a limit counts. */
    public enum Unit {
        /** A rate, which may have a fraction. All others are whole numbers. */
        PER_SECOND,
        BYTES,
        SECONDS,
        COUNT
    }

    /** The limit of that id. */
    public static Optional<Limit> find(String id) {
        return Arrays.stream(values()).filter(limit -> limit.id.equals(id)).findFirst();
    }

    /**
     * The name in configuration files and in answers: lower case with underscores. It is the name in Mimir's runtime
     * configuration, where Mimir has the limit.
     */
    public String id() {
        return id;
    }

    public Unit unit() {
        return unit;
    }

    /** The value for tenants for whom nothing is configured; Mimir's, where Mimir has the limit. */
    public double defaultValue() {
        return defaultValue;
    }

    /** The least value. */
    public double least() {
        return least;
    }

    /** The greatest value; {@link Double#MAX_VALUE} or {@link Integer#MAX_VALUE} if only its type bounds it. */
    public double greatest() {
        return greatest;
    }

    /** What is limited, and what 0 means, as the reference page says it. */
    public String meaning() {
        return meaning;
    }

    /** Whether it may have a fraction. */
    public boolean isRate() {
        return unit == Unit.PER_SECOND;
    }

    /** That value as it is shown: with a fraction for rates, whole for all others. */
    public Number shown(double value) {
        return isRate() ? value : (Number) (long) value;
    }

    /** What is wrong with that value, if it cannot be had. */
    public Optional<String> flawOf(double asked) {
        boolean isPossible = asked >= least && asked <= greatest && (isRate() || asked == Math.rint(asked));
        return isPossible
                ? Optional.empty()
                : Optional.of((isRate() ? "a number" : "a whole number") + " from " + text(least)
                        + (greatest >= Integer.MAX_VALUE ? "" : " to " + text(greatest)) + " expected");
    }

    /** That value as settings and messages write it, such as {@code 10000}. */
    public static String text(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }
}
