package dev.streamgauge.core.tenant;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What one tenant may send and keep: a value of each {@link Limit}, which says what the value means. */
public final class TenantLimits {

    /** The limits of a tenant for whom nothing is configured. */
    public static final TenantLimits DEFAULTS = new TenantLimits(
            Arrays.stream(Limit.values()).mapToDouble(Limit::defaultValue).toArray());

    private final double[] values; // in the order of Limit
    private final SeriesExpiry expiry;

    private TenantLimits(double[] values) {
        this.values = values;
        this.expiry = new SeriesExpiry(
                (int) get(Limit.COUNTER_EXPIRY_SECONDS),
                (int) get(Limit.GAUGE_EXPIRY_SECONDS),
                (int) get(Limit.HISTOGRAM_EXPIRY_SECONDS),
                (int) get(Limit.SUMMARY_EXPIRY_SECONDS));
    }

    /** The value of that limit. */
    public double get(Limit limit) {
        return values[index(limit)];
    }

    public double ingestionRate() {
        return get(Limit.INGESTION_RATE);
    }

    public int ingestionBurstSize() {
        return (int) get(Limit.INGESTION_BURST_SIZE);
    }

    public double requestRate() {
        return get(Limit.REQUEST_RATE);
    }

    public int requestBurstSize() {
        return (int) get(Limit.REQUEST_BURST_SIZE);
    }

    public int maxGlobalSeriesPerUser() {
        return (int) get(Limit.MAX_GLOBAL_SERIES_PER_USER);
    }

    public int maxGlobalSeriesPerMetric() {
        return (int) get(Limit.MAX_GLOBAL_SERIES_PER_METRIC);
    }

    public int maxLabelNamesPerSeries() {
        return (int) get(Limit.MAX_LABEL_NAMES_PER_SERIES);
    }

    public int maxLabelNameLength() {
        return (int) get(Limit.MAX_LABEL_NAME_LENGTH);
    }

    public int maxLabelValueLength() {
        return (int) get(Limit.MAX_LABEL_VALUE_LENGTH);
    }

    public int maxRequestBytes() {
        return (int) get(Limit.MAX_REQUEST_BYTES);
    }

    public int maxDecompressedBytes() {
        return (int) get(Limit.MAX_DECOMPRESSED_BYTES);
    }

    public int maxSamplesPerRequest() {
        return (int) get(Limit.MAX_SAMPLES_PER_REQUEST);
    }

    public int maxValuesPerSample() {
        return (int) get(Limit.MAX_VALUES_PER_SAMPLE);
    }

    public int maxValuesPerRequest() {
        return (int) get(Limit.MAX_VALUES_PER_REQUEST);
    }

    public int maxBucketsPerHistogram() {
        return (int) get(Limit.MAX_BUCKETS_PER_HISTOGRAM);
    }

    public int maxBacklogEntries() {
        return (int) get(Limit.MAX_BACKLOG_ENTRIES);
    }

    public long maxBacklogBytesPerUser() {
        return (long) get(Limit.MAX_BACKLOG_BYTES_PER_USER);
    }

    public long maxRegistryBytesPerUser() {
        return (long) get(Limit.MAX_REGISTRY_BYTES_PER_USER);
    }

    public long maxIdempotencyBytesPerUser() {
        return (long) get(Limit.MAX_IDEMPOTENCY_BYTES_PER_USER);
    }

    public int newSeriesZeroSeconds() {
        return (int) get(Limit.NEW_SERIES_ZERO_SECONDS);
    }

    /** How long series are kept without a new sample. */
    public SeriesExpiry expiry() {
        return expiry;
    }

    /**
     * Whether these limits treat names, labels and buckets as the other limits do. Then a sample can only be validated
     * differently because of its numbers.
     */
    public boolean validatesTextsAs(TenantLimits other) {
        return maxLabelNamesPerSeries() == other.maxLabelNamesPerSeries()
                && maxLabelNameLength() == other.maxLabelNameLength()
                && maxLabelValueLength() == other.maxLabelValueLength()
                && maxBucketsPerHistogram() == other.maxBucketsPerHistogram();
    }

    /** These limits, but for those given. */
    public TenantLimits with(Map<Limit, Double> others) {
        double[] changed = values.clone();
        others.forEach((limit, value) -> changed[index(limit)] = value);
        return new TenantLimits(changed);
    }

    /**
     * What is wrong with the combination of these limits, if each of them alone is valid: a request rate without a
     * burst would reject every request.
     */
    public Optional<String> findFlaw() {
        return requestRate() > 0 && requestBurstSize() < 1
                ? Optional.of(
                        Limit.REQUEST_BURST_SIZE.id() + ": " + requestBurstSize() + " given, at least 1 expected where "
                                + Limit.REQUEST_RATE.id() + " is on; without a burst every request would be rejected")
                : Optional.empty();
    }

    /** All limits by their ids, in the order of {@link Limit}, as they are shown. */
    public Map<String, Number> byId() {
        Map<String, Number> shown = new LinkedHashMap<>();
        for (Limit limit : Limit.values()) {
            shown.put(limit.id(), limit.shown(get(limit)));
        }
        return shown;
    }

    @SuppressWarnings("EnumOrdinal") // arrays are never stored, and each push reads limits
    private static int index(Limit limit) {
        return limit.ordinal();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TenantLimits limits && Arrays.equals(values, limits.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return byId().toString();
    }
}
