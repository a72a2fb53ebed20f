package dev.streamgauge.server;

import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.server.settings.LimitSettings;

/** The limits of tenants that have none of their own. */
public final class ConfiguredLimits {

    private ConfiguredLimits() {}

    /** The limits as configured. */
    public static TenantLimits of(StreamgaugeConfig config) {
        return TenantLimits.DEFAULTS.with(LimitSettings.values(StreamgaugeConfig.Limits.class, config.limits()));
    }
}
