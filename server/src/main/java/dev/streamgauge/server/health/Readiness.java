package dev.streamgauge.server.health;

import dev.streamgauge.server.store.StartupCheck;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;

/** Ready from the first successful check of Redis until draining; a Redis that goes down later changes nothing here. */
@ApplicationScoped
@org.eclipse.microprofile.health.Readiness
public class Readiness implements HealthCheck {

    private final StartupCheck startupCheck;

    public Readiness(StartupCheck startupCheck) {
        this.startupCheck = startupCheck;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response = HealthCheckResponse.named("store").status(startupCheck.isOpen());
        String reason = startupCheck.waitingFor();
        return (reason.isEmpty() ? response : response.withData("reason", reason)).build();
    }
}
