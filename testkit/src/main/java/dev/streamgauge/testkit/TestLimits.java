package dev.streamgauge.testkit;

import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantLimits;
import java.util.Map;

/** Limits of tenants that do not stand in the way of a test. */
public final class TestLimits {

    /** No rates, no limits on series, no expiry, and room for a long backlog; else the defaults. */
    public static final TenantLimits UNLIMITED = TenantLimits.DEFAULTS
            .with(Map.of(
                    Limit.MAX_BACKLOG_BYTES_PER_USER, 0x1p40,
                    Limit.MAX_REGISTRY_BYTES_PER_USER, 0.0,
                    Limit.MAX_IDEMPOTENCY_BYTES_PER_USER, 0.0))
            .with(Map.of(
                    Limit.INGESTION_RATE, 0.0,
                    Limit.REQUEST_RATE, 0.0,
                    Limit.MAX_GLOBAL_SERIES_PER_USER, 0.0,
                    Limit.MAX_GLOBAL_SERIES_PER_METRIC, 0.0,
                    Limit.MAX_BACKLOG_ENTRIES, 1_000_000.0,
                    Limit.COUNTER_EXPIRY_SECONDS, 0.0,
                    Limit.GAUGE_EXPIRY_SECONDS, 0.0,
                    Limit.HISTOGRAM_EXPIRY_SECONDS, 0.0,
                    Limit.SUMMARY_EXPIRY_SECONDS, 0.0));

    private TestLimits() {}
}
