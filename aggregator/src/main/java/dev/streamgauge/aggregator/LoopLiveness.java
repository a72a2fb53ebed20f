package dev.streamgauge.aggregator;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;

/**
 * Down when the thread of a loop has died or stands still, which only a restart of the process repairs. An outage of
 * Redis changes nothing here.
 */
@ApplicationScoped
@Liveness
public class LoopLiveness implements HealthCheck {

    private final Aggregator aggregator;
    private final Sweeper sweeper;

    public LoopLiveness(Aggregator aggregator, Sweeper sweeper) {
        this.aggregator = aggregator;
        this.sweeper = sweeper;
    }

    @Override
    public HealthCheckResponse call() {
        Map<String, Optional<String>> faults =
                new TreeMap<>(Map.of("fold", aggregator.findFault(), "sweep", sweeper.findFault()));
        HealthCheckResponseBuilder response = HealthCheckResponse.named("loops")
                .status(faults.values().stream().allMatch(Optional::isEmpty));
        faults.forEach((loop, fault) -> response.withData(loop, fault.orElse("alive")));
        return response.build();
    }
}
