package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.EnumMap;
import java.util.Map;

/**
 * Counts requests that were rejected as a whole, by reason, since this process started. {@link DiscardedSamples} counts
 * the samples; what was accepted is counted in Redis.
 */
@ApplicationScoped
@Startup // otherwise its counters would first appear above 0, which rate() misses
public class PushMetrics {

    private final Map<Reason, Counter> requests = new EnumMap<>(Reason.class);

    public PushMetrics(MeterRegistry registry) {
        for (Reason reason : Reason.values()) {
            requests.put(
                    reason,
                    Counter.builder("streamgauge.rejected.requests")
                            .description("Requests rejected as a whole by this process")
                            .tag("reason", reason.id())
                            .register(registry));
        }
    }

    void rejectedRequest(Reason reason) {
        Counter counter = requests.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }
}
