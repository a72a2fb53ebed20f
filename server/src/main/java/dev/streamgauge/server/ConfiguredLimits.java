package dev.streamgauge.server;

import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantLimits;

/** The limits of tenants that have none of their own. */
public final class ConfiguredLimits {

    private ConfiguredLimits() {}

    /** The limits as configured. */
    public static TenantLimits of(StreamgaugeConfig config) {
        StreamgaugeConfig.Limits limits = config.limits();
        return new TenantLimits(
                limits.ingestionRate(),
                limits.ingestionBurstSize(),
                limits.requestRate(),
                limits.requestBurstSize(),
                limits.maxGlobalSeriesPerUser(),
                limits.maxGlobalSeriesPerMetric(),
                limits.maxLabelNamesPerSeries(),
                limits.maxLabelNameLength(),
                limits.maxLabelValueLength(),
                limits.maxRequestBytes(),
                limits.maxDecompressedBytes(),
                limits.maxSamplesPerRequest(),
                limits.maxValuesPerSample(),
                limits.maxValuesPerRequest(),
                limits.maxBucketsPerHistogram(),
                limits.maxBacklogEntries(),
                limits.maxBacklogBytesPerUser(),
                limits.maxRegistryBytesPerUser(),
                limits.maxIdempotencyBytesPerUser(),
                new SeriesExpiry(
                        limits.counterExpirySeconds(),
                        limits.gaugeExpirySeconds(),
                        limits.histogramExpirySeconds(),
                        limits.summaryExpirySeconds()),
                limits.newSeriesZeroSeconds());
    }
}
