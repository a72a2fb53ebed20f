package dev.streamgauge.server.status;

import dev.streamgauge.server.Role;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.All;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Shows the version and the roles of this process in its own metrics: one series per role, with the value 1. */
@ApplicationScoped
public class BuildGauge {

    private final MeterRegistry registry;
    private final List<Role> roles;
    private final String version;

    public BuildGauge(
            MeterRegistry registry,
            @All List<Role> roles,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.registry = registry;
        this.roles = roles;
        this.version = version;
    }

    void register(@Observes StartupEvent event) {
        for (Role role : roles) {
            Gauge.builder("streamgauge.build.info", () -> 1)
                    .description("Always 1; the labels are the version of this process and a role that it plays")
                    .tag("version", version)
                    .tag("role", role.name())
                    .register(registry);
        }
    }
}
