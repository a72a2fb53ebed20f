package dev.streamgauge.ingest.push;

import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.ingest.protocol.PushError;
import dev.streamgauge.ingest.rejection.DiscardedSamples;
import dev.streamgauge.server.metrics.DurationTimers;
import dev.streamgauge.server.problems.RequestError;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;

/**
 * Measures how long pushes take, and counts requests that were rejected as a whole, by reason, since this process
 * started. {@link DiscardedSamples} counts the samples; what was accepted is counted in Redis.
 */
@ApplicationScoped
@Startup // otherwise its counters would first appear above 0, which rate() misses
public class PushMetrics {

    private final ConcurrentMap<ErrorId, Counter> requests = new ConcurrentHashMap<>();
    private final MeterRegistry registry;
    private final Timer accepted;
    private final Timer rejected;
    private final Timer failed;

    public PushMetrics(MeterRegistry registry) {
        this.registry = registry;
        Stream.<ErrorId[]>of(Reason.values(), PushError.values(), RequestError.values())
                .flatMap(Arrays::stream)
                .forEach(this::counterOf);
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

    void rejectedRequest(ErrorId reason) {
        counterOf(reason).increment();
    }

    private Counter counterOf(ErrorId reason) {
        return requests.computeIfAbsent(
                reason,
                missing -> Counter.builder("streamgauge.rejected.requests")
                        .description("Requests rejected as a whole by this process")
                        .tag("reason", missing.id())
                        .register(registry));
    }

    /** Counts a push that was answered with that status. */
    void answered(int status, Duration duration) {
        Timer timer = status < 400 ? accepted : status < 500 ? rejected : failed;
        timer.record(duration);
    }
}
