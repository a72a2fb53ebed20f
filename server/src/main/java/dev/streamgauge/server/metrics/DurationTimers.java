package dev.streamgauge.server.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.stream.Stream;

/** Timers of requests, as histograms with the same bounds, so that their quantiles can be compared. */
public final class DurationTimers {

    private DurationTimers() {}

    /**
     * Registers the timer of one outcome.
     *
     * @param name in Micrometer's form, such as {@code streamgauge.push.duration}
     * @param outcome value of the label {@code outcome}
     * @param longest the greatest bound; the bounds begin at 5 ms, and reach 30 s at most
     */
    public static Timer register(
            MeterRegistry registry, String name, String description, String outcome, Duration longest) {
        Duration[] bounds = Stream.of(5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000)
                .map(Duration::ofMillis)
                .filter(bound -> bound.compareTo(longest) <= 0)
                .toArray(Duration[]::new);
        return Timer.builder(name)
                .description(description)
                .tag("outcome", outcome)
                .serviceLevelObjectives(bounds)
                .register(registry);
    }
}
