package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
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

    private static final Duration[] DURATION_BUCKETS = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10)
    };

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
        return Timer.builder("streamgauge.push.duration")
                .description("From the head of a push to its answer, by the class of its status")
                .tag("outcome", outcome)
                .serviceLevelObjectives(DURATION_BUCKETS)
                .register(registry);
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
