package dev.streamgauge.core.tenant;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Each limit of a tenant, with the values that it may have. Its id is the name that Mimir's runtime configuration gives
 * it, where Mimir has the limit.
 */
public enum Limit {
    INGESTION_RATE(0, Double.MAX_VALUE),
    INGESTION_BURST_SIZE(1, Integer.MAX_VALUE),
    REQUEST_RATE(0, Double.MAX_VALUE),
    REQUEST_BURST_SIZE(0, Integer.MAX_VALUE),
    MAX_GLOBAL_SERIES_PER_USER(0, Integer.MAX_VALUE),
    MAX_GLOBAL_SERIES_PER_METRIC(0, Integer.MAX_VALUE),
    MAX_LABEL_NAMES_PER_SERIES(0, 1_000),
    MAX_LABEL_NAME_LENGTH(1, 65_536),
    MAX_LABEL_VALUE_LENGTH(1, 65_536),
    MAX_REQUEST_BYTES(1, 67_108_864),
    MAX_DECOMPRESSED_BYTES(1, 67_108_864),
    MAX_SAMPLES_PER_REQUEST(1, 100_000),
    MAX_VALUES_PER_SAMPLE(1, 10_000),
    MAX_VALUES_PER_REQUEST(1, 1_000_000),
    MAX_BUCKETS_PER_HISTOGRAM(1, 1_000),
    MAX_BACKLOG_ENTRIES(1, Integer.MAX_VALUE),
    MAX_BACKLOG_BYTES_PER_USER(1, Limit.MAX_BYTES),
    MAX_REGISTRY_BYTES_PER_USER(0, Limit.MAX_BYTES),
    MAX_IDEMPOTENCY_BYTES_PER_USER(0, Limit.MAX_BYTES),
    COUNTER_EXPIRY_SECONDS(0, Integer.MAX_VALUE),
    GAUGE_EXPIRY_SECONDS(0, Integer.MAX_VALUE),
    HISTOGRAM_EXPIRY_SECONDS(0, Integer.MAX_VALUE),
    SUMMARY_EXPIRY_SECONDS(0, Integer.MAX_VALUE),
    NEW_SERIES_ZERO_SECONDS(0, 3_600);

    /** A tebibyte. */
    private static final double MAX_BYTES = 0x1p40;

    private final String id = name().toLowerCase(Locale.ROOT);
    private final double least;
    private final double greatest;

    Limit(double least, double greatest) {
        this.least = least;
        this.greatest = greatest;
    }

    /** The limit of that id. */
    public static Optional<Limit> find(String id) {
        return Arrays.stream(values()).filter(limit -> limit.id.equals(id)).findFirst();
    }

    /** The name in configuration files and in answers: lower case with underscores. */
    public String id() {
        return id;
    }

    /** What it is for a tenant with those limits. */
    public double of(TenantLimits limits) {
        return switch (this) {
            case INGESTION_RATE -> limits.ingestionRate();
            case INGESTION_BURST_SIZE -> limits.ingestionBurstSize();
            case REQUEST_RATE -> limits.requestRate();
            case REQUEST_BURST_SIZE -> limits.requestBurstSize();
            case MAX_GLOBAL_SERIES_PER_USER -> limits.maxGlobalSeriesPerUser();
            case MAX_GLOBAL_SERIES_PER_METRIC -> limits.maxGlobalSeriesPerMetric();
            case MAX_LABEL_NAMES_PER_SERIES -> limits.maxLabelNamesPerSeries();
            case MAX_LABEL_NAME_LENGTH -> limits.maxLabelNameLength();
            case MAX_LABEL_VALUE_LENGTH -> limits.maxLabelValueLength();
            case MAX_REQUEST_BYTES -> limits.maxRequestBytes();
            case MAX_DECOMPRESSED_BYTES -> limits.maxDecompressedBytes();
            case MAX_SAMPLES_PER_REQUEST -> limits.maxSamplesPerRequest();
            case MAX_VALUES_PER_SAMPLE -> limits.maxValuesPerSample();
            case MAX_VALUES_PER_REQUEST -> limits.maxValuesPerRequest();
            case MAX_BUCKETS_PER_HISTOGRAM -> limits.maxBucketsPerHistogram();
            case MAX_BACKLOG_ENTRIES -> limits.maxBacklogEntries();
            case MAX_BACKLOG_BYTES_PER_USER -> limits.maxBacklogBytesPerUser();
            case MAX_REGISTRY_BYTES_PER_USER -> limits.maxRegistryBytesPerUser();
            case MAX_IDEMPOTENCY_BYTES_PER_USER -> limits.maxIdempotencyBytesPerUser();
            case COUNTER_EXPIRY_SECONDS -> limits.expiry().counterSeconds();
            case GAUGE_EXPIRY_SECONDS -> limits.expiry().gaugeSeconds();
            case HISTOGRAM_EXPIRY_SECONDS -> limits.expiry().histogramSeconds();
            case SUMMARY_EXPIRY_SECONDS -> limits.expiry().summarySeconds();
            case NEW_SERIES_ZERO_SECONDS -> limits.newSeriesZeroSeconds();
        };
    }

    /** Whether it may have a fraction. */
    public boolean isRate() {
        return this == INGESTION_RATE || this == REQUEST_RATE;
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

    private static String text(double whole) {
        return String.format(Locale.ROOT, "%.0f", whole);
    }
}
