package dev.streamgauge.core.tenant;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What one tenant may send and keep. Names and defaults are Mimir's where it has the limit; 0 switches off the limits
 * that say so.
 *
 * @param ingestionRate samples a second over all ingest processes; 0 is no limit
 * @param ingestionBurstSize samples that may come at once; a larger request is always rejected
 * @param requestRate requests a second over all ingest processes; 0 is no limit
 * @param requestBurstSize requests that may come at once; at least 1 where there is a rate
 * @param maxGlobalSeriesPerUser live series; 0 is no limit
 * @param maxGlobalSeriesPerMetric live series of one family; 0 is no limit
 * @param maxLabelNamesPerSeries labels of one series
 * @param maxLabelNameLength characters of a label's name
 * @param maxLabelValueLength characters of a label's value, and of a metric name
 * @param maxRequestBytes bytes of a body as sent
 * @param maxDecompressedBytes bytes of a body after decompression
 * @param maxSamplesPerRequest samples of one request
 * @param maxValuesPerSample raw values of one histogram or summary sample
 * @param maxValuesPerRequest raw values and bucket counts of one request
 * @param maxBucketsPerHistogram bounds of a histogram, {@code +Inf} not counted
 * @param maxBacklogEntries accepted stream entries that are not yet folded
 * @param maxBacklogBytesPerUser estimated bytes of these entries in Redis
 * @param maxRegistryBytesPerUser estimated bytes of families and series in Redis; 0 is no limit
 * @param maxIdempotencyBytesPerUser estimated bytes of idempotency records in Redis; 0 is no limit
 * @param expiry how long series are kept without a new sample
 * @param newSeriesZeroSeconds how long a new counter, histogram or summary is shown as 0 after its first sample, so
 *     that a scrape sees its first increment; 0 switches this off
 */
public record TenantLimits(
        double ingestionRate,
        int ingestionBurstSize,
        double requestRate,
        int requestBurstSize,
        int maxGlobalSeriesPerUser,
        int maxGlobalSeriesPerMetric,
        int maxLabelNamesPerSeries,
        int maxLabelNameLength,
        int maxLabelValueLength,
        int maxRequestBytes,
        int maxDecompressedBytes,
        int maxSamplesPerRequest,
        int maxValuesPerSample,
        int maxValuesPerRequest,
        int maxBucketsPerHistogram,
        int maxBacklogEntries,
        long maxBacklogBytesPerUser,
        long maxRegistryBytesPerUser,
        long maxIdempotencyBytesPerUser,
        SeriesExpiry expiry,
        int newSeriesZeroSeconds) {

    /** The limits of a tenant for whom nothing is configured. */
    public static final TenantLimits DEFAULTS = new TenantLimits(
            10_000,
            200_000,
            0,
            0,
            150_000,
            0,
            30,
            1024,
            2048,
            1 << 20,
            10 << 20,
            10_000,
            1_000,
            200_000,
            100,
            100_000,
            64 << 20,
            128 << 20,
            32 << 20,
            new SeriesExpiry(0, 604_800, 604_800, 604_800),
            75);

    /**
     * Whether these limits treat names, labels and buckets as the other limits do. Then a sample can only be validated
     * differently because of its numbers.
     */
    public boolean validatesTextsAs(TenantLimits other) {
        return maxLabelNamesPerSeries == other.maxLabelNamesPerSeries
                && maxLabelNameLength == other.maxLabelNameLength
                && maxLabelValueLength == other.maxLabelValueLength
                && maxBucketsPerHistogram == other.maxBucketsPerHistogram;
    }

    /** These limits, but for those given. */
    public TenantLimits with(Map<Limit, Double> others) {
        return new TenantLimits(
                of(Limit.INGESTION_RATE, others),
                (int) of(Limit.INGESTION_BURST_SIZE, others),
                of(Limit.REQUEST_RATE, others),
                (int) of(Limit.REQUEST_BURST_SIZE, others),
                (int) of(Limit.MAX_GLOBAL_SERIES_PER_USER, others),
                (int) of(Limit.MAX_GLOBAL_SERIES_PER_METRIC, others),
                (int) of(Limit.MAX_LABEL_NAMES_PER_SERIES, others),
                (int) of(Limit.MAX_LABEL_NAME_LENGTH, others),
                (int) of(Limit.MAX_LABEL_VALUE_LENGTH, others),
                (int) of(Limit.MAX_REQUEST_BYTES, others),
                (int) of(Limit.MAX_DECOMPRESSED_BYTES, others),
                (int) of(Limit.MAX_SAMPLES_PER_REQUEST, others),
                (int) of(Limit.MAX_VALUES_PER_SAMPLE, others),
                (int) of(Limit.MAX_VALUES_PER_REQUEST, others),
                (int) of(Limit.MAX_BUCKETS_PER_HISTOGRAM, others),
                (int) of(Limit.MAX_BACKLOG_ENTRIES, others),
                (long) of(Limit.MAX_BACKLOG_BYTES_PER_USER, others),
                (long) of(Limit.MAX_REGISTRY_BYTES_PER_USER, others),
                (long) of(Limit.MAX_IDEMPOTENCY_BYTES_PER_USER, others),
                new SeriesExpiry(
                        (int) of(Limit.COUNTER_EXPIRY_SECONDS, others),
                        (int) of(Limit.GAUGE_EXPIRY_SECONDS, others),
                        (int) of(Limit.HISTOGRAM_EXPIRY_SECONDS, others),
                        (int) of(Limit.SUMMARY_EXPIRY_SECONDS, others)),
                (int) of(Limit.NEW_SERIES_ZERO_SECONDS, others));
    }

    /**
     * What is wrong with the combination of these limits, if each of them alone is valid: a request rate without a
     * burst would reject every request.
     */
    public Optional<String> findFlaw() {
        return requestRate > 0 && requestBurstSize < 1
                ? Optional.of(
                        Limit.REQUEST_BURST_SIZE.id() + ": " + requestBurstSize + " given, at least 1 expected where "
                                + Limit.REQUEST_RATE.id() + " is on; without a burst every request would be rejected")
                : Optional.empty();
    }

    /** All limits by their ids, in the order of {@link Limit}, as they are shown. */
    public Map<String, Number> byId() {
        Map<String, Number> values = new LinkedHashMap<>();
        for (Limit limit : Limit.values()) {
            values.put(limit.id(), limit.shown(limit.of(this)));
        }
        return values;
    }

    private double of(Limit limit, Map<Limit, Double> others) {
        Double other = others.get(limit);
        return other == null ? limit.of(this) : other;
    }
}
