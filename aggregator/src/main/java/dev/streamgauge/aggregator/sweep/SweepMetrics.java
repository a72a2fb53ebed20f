package dev.streamgauge.aggregator.sweep;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/** Metrics of this process' sweeps, since it started. */
@ApplicationScoped
@Startup // or its counters would begin to exist above 0, which rate() misses
public class SweepMetrics {

    private final Timer duration;
    private final Counter series;
    private final Counter families;
    private final Counter failures;

    public SweepMetrics(MeterRegistry registry) {
        duration = Timer.builder("streamgauge.sweep.call.duration")
                .description("Time of one call that checks a page of series for expired ones")
                .register(registry);
        series = Counter.builder("streamgauge.expired.series")
                .description("Series removed because they expired")
                .register(registry);
        families = Counter.builder("streamgauge.expired.families")
                .description("Families removed because their last series expired")
                .register(registry);
        failures = Counter.builder("streamgauge.sweep.failures")
                .description("Sweeps of a tenant or a partition that unexpected data ended early")
                .register(registry);
    }

    void swept(int seriesCount, int familyCount, Duration took) {
        series.increment(seriesCount);
        families.increment(familyCount);
        duration.record(took);
    }

    void failed() {
        failures.increment();
    }
}
