package dev.streamgauge.server.limits;

import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.server.ConfiguredLimits;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.reload.ReloadingFile;
import dev.streamgauge.server.tenants.TenantCache;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Vertx;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the limits of a tenant. Limits in the tenant's record take precedence over the configured ones, and limits in
 * the overrides file over both.
 */
@ApplicationScoped
public class TenantLimitsSource {

    private final MeterRegistry registry;
    private final TenantCache tenants;
    private final TenantLimits defaults;
    private final ReloadingFile<Overrides> overrides;

    public TenantLimitsSource(StreamgaugeConfig config, TenantCache tenants, Vertx vertx, MeterRegistry registry) {
        this.registry = registry;
        this.tenants = tenants;
        this.defaults = ConfiguredLimits.of(config);
        this.overrides = new ReloadingFile<>(
                "overrides",
                config.overridesFile(),
                Overrides.NONE,
                text -> Overrides.parse(text, defaults),
                config.reloadPeriod(),
                vertx);
    }

    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
        defaults.findFlaw().ifPresent(wrong -> {
            throw new ConfigurationException("streamgauge.limits: " + wrong);
        });
        overrides.start(registry);
    }

    void stop(@Observes ShutdownEvent event) {
        overrides.stop();
    }

    /** What is wrong with a tenant's own limits in combination with the configured ones; empty if nothing is. */
    public Optional<String> findFlaw(Map<Limit, Double> own) {
        return defaults.with(own).findFlaw();
    }

    /** The current limits of a tenant. */
    public TenantLimits limitsOf(TenantId tenant) {
        Map<Limit, Double> own = tenants.limitsOf(tenant);
        Map<Limit, Double> overridden = overrides.content().limitsOf(tenant);
        TenantLimits limits = own.isEmpty() ? defaults : defaults.with(own);
        return overridden.isEmpty() ? limits : limits.with(overridden);
    }
}
