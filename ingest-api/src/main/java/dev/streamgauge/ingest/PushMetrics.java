package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.Refusal;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Counts what was refused, by reason, since this process started. What was accepted is counted in Redis. */
@ApplicationScoped
@Startup // or its counters would begin to exist above 0, which rate() misses
public class PushMetrics {

    private final Map<Reason, Counter> samples = new EnumMap<>(Reason.class);
    private final Map<Reason, Counter> requests = new EnumMap<>(Reason.class);

    public PushMetrics(MeterRegistry registry) {
        for (Reason reason : Reason.values()) {
            samples.put(
                    reason,
                    Counter.builder("streamgauge.rejected.samples")
                            .description("Samples refused by this process")
                            .tag("reason", reason.id())
                            .register(registry));
            requests.put(
                    reason,
                    Counter.builder("streamgauge.rejected.requests")
                            .description("Requests refused as a whole by this process")
                            .tag("reason", reason.id())
                            .register(registry));
        }
    }

    void rejectedSamples(List<Refusal> refusals) {
        refusals.forEach(refusal -> count(samples, refusal.reason()));
    }

    void rejectedRequest(Reason reason) {
        count(requests, reason);
    }

    private static void count(Map<Reason, Counter> counters, Reason reason) {
        Counter counter = counters.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }
}
