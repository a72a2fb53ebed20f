package dev.streamgauge.server.limits;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.server.StreamgaugeConfig;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Vertx;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Says what a tenant may send and keep: as configured for all, or as the overrides file says.
 *
 * <p>The file is read every ten seconds. One that cannot be used stops the start; later the last good one stays in force.
 */
@ApplicationScoped
public class TenantLimitsSource {

    private static final Logger LOG = Logger.getLogger(TenantLimitsSource.class);
    private static final Duration RELOAD = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final MeterRegistry registry;
    private final TenantLimits defaults;
    private final Optional<Path> file;
    private volatile Overrides overrides = Overrides.NONE;

    /** What is in force was read from this text. */
    private volatile String text = "";

    /** Why the file as it is cannot be used; empty if it can. */
    private volatile String flaw = "";

    private long timer;

    public TenantLimitsSource(StreamgaugeConfig config, Vertx vertx, MeterRegistry registry) {
        this.vertx = vertx;
        this.registry = registry;
        this.file = config.overridesFile();
        this.defaults = defaultsOf(config.limits());
    }

    private static TenantLimits defaultsOf(StreamgaugeConfig.Limits limits) {
        return new TenantLimits(
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

    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
        Gauge.builder("streamgauge.overrides.last.reload.successful", this, source -> source.flaw.isEmpty() ? 1 : 0)
                .description(
                        "0 if the overrides file as it is now cannot be used, and an earlier one is in force; else 1")
                .register(registry);
        if (file.isEmpty()) {
            return;
        }
        reload();
        if (!flaw.isEmpty()) {
            throw new ConfigurationException("streamgauge.overrides-file: " + flaw);
        }
        timer = vertx.setPeriodic(
                RELOAD.toMillis(),
                id -> vertx.executeBlocking(() -> {
                            reload();
                            return true;
                        })
                        .onFailure(thrown -> LOG.error("overrides state=failed kept=last", thrown)));
    }

    void stop(@Observes ShutdownEvent event) {
        vertx.cancelTimer(timer);
    }

    /** Takes over what the file says now, if it can be used. Blocks. */
    private void reload() {
        Path path = file.orElseThrow();
        try {
            String now = Files.readString(path);
            if (flaw.isEmpty() && now.equals(text)) {
                return;
            }
            overrides = Overrides.parse(now, defaults);
            text = now;
            flaw = "";
            LOG.infof("overrides file=%s tenants=%d", path, overrides.size());
        } catch (IOException e) {
            refuse(path + " cannot be read: " + e.getClass().getSimpleName());
        } catch (Overrides.InvalidException e) {
            refuse(path + ": " + e.getMessage());
        }
    }

    /** Says each flaw once, not every ten seconds. */
    private void refuse(String reason) {
        if (!reason.equals(flaw)) {
            flaw = reason;
            LOG.errorf("overrides state=refused kept=last message=%s", reason);
        }
    }

    /** The limits of that tenant, now. */
    public TenantLimits limitsOf(TenantId tenant) {
        return overrides.limitsOf(tenant, defaults);
    }
}
