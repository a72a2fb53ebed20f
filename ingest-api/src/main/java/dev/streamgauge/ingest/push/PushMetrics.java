package dev.streamgauge.ingest.push;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.ingest.rejection.DiscardedSamples;
import dev.streamgauge.server.metrics.DurationTimers;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * Measures how long pushes take, and counts requests that were rejected as a whole, by reason, since this process
 * started. {@link DiscardedSamples} counts the samples; what was accepted is counted in Redis.
 */
@ApplicationScoped
@Startup // otherwise its counters would first appear above 0, which rate() misses
public class PushMetrics {

    private final Map<Reason, Counter> requests = new EnumMap<>(Reason.class);
    private final Timer accepted;
    private final Timer rejected;
    private final Timer failed;

    public PushMetrics(MeterRegistry registry) {
        for (Reason reason : Reason.values()) {
            requests.put(
                    reason,
                    Counter.builder("streamgauge.rejected.requests")
                            .description("Requests rejected as a whole by this process")
                            .tag("reason", reason.id())
                            .register(registry));
        }
        this.accepted = timer("2xx", registry);
        this.rejected = timer("4xx", registry);
        this.failed = timer("5xx", registry);
    }

    private static Timer timer(String outcome, MeterRegistry registry) {
        return DurationTimers.register(
                registry,
                "streamgauge.push.duration",
                "From the head of a push to its answer, by the class of its status",
                outcome,
                Duration.ofSeconds(10));
    }

    void rejectedRequest(Reason reason) {
        Counter counter = requests.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    /** Counts a push that was answered with that status. */
    void answered(int status, Duration duration) {
        Timer timer = status < 400 ? accepted : status < 500 ? rejected : failed;
        timer.record(duration);
    }
}
