package dev.streamgauge.aggregator;

import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
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

    private final List<WatchedLoop> loops;

    public LoopLiveness(@All List<WatchedLoop> loops) {
        this.loops = loops;
    }

    @Override
    public HealthCheckResponse call() {
        SortedMap<String, Optional<String>> faults = new TreeMap<>();
        loops.forEach(loop -> faults.put(loop.name(), loop.findFault()));
        HealthCheckResponseBuilder response = HealthCheckResponse.named("loops")
                .status(faults.values().stream().allMatch(Optional::isEmpty));
        faults.forEach((loop, fault) -> response.withData(loop, fault.orElse("alive")));
        return response.build();
    }
}
