package dev.streamgauge.server;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import jakarta.enterprise.context.ApplicationScoped;

/** Says what a tenant may send and keep. */
@ApplicationScoped
public class TenantLimitsSource {

    private final TenantLimits defaults;

    public TenantLimitsSource(StreamgaugeConfig config) {
        StreamgaugeConfig.Limits limits = config.limits();
        this.defaults = new TenantLimits(
                limits.ingestionRate(),
                limits.ingestionBurstSize(),
                limits.maxGlobalSeriesPerUser(),
                limits.maxLabelNamesPerSeries(),
                limits.maxLabelNameLength(),
                limits.maxLabelValueLength(),
                limits.maxRequestBytes(),
                limits.maxDecompressedBytes(),
                limits.maxSamplesPerRequest(),
                limits.maxValuesPerSample(),
                limits.maxBucketsPerHistogram(),
                limits.maxBacklogEntries());
    }

    /** The limits of that tenant, now. */
    public TenantLimits limitsOf(TenantId tenant) {
        return defaults;
    }
}
