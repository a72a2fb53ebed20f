package dev.streamgauge.query.routes;

import dev.streamgauge.server.metrics.DurationTimers;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/** The query role's own metrics. */
@ApplicationScoped
@Startup // otherwise a counter would first appear with a value above 0, and rate() would miss that increase
public class QueryMetrics {

    private final Timer ok;
    private final Timer failed;
    private final DistributionSummary series;
    private final Counter unreadable;

    QueryMetrics(MeterRegistry registry) {
        this.ok = timer("ok", registry);
        this.failed = timer("failed", registry);
        this.series = DistributionSummary.builder("streamgauge.scrape.series")
                .description("Series shown by a complete scrape")
                .register(registry);
        this.unreadable = Counter.builder("streamgauge.unreadable.series")
                .description("Stored series and families that scrapes skipped, since this release cannot read them")
                .register(registry);
    }

    private static Timer timer(String outcome, MeterRegistry registry) {
        return DurationTimers.register(
                registry,
                "streamgauge.scrape.duration",
                "From a scrape's request to its last byte; failed: rejected with 503, reset or abandoned",
                outcome,
                Duration.ofSeconds(30));
    }

    /** Counts a scrape that was answered in full. */
    void countComplete(Duration duration, long shown) {
        ok.record(duration);
        series.record((double) shown);
    }

    /** Counts a scrape whose client got no answer or an incomplete one. */
    void countFailed(Duration duration) {
        failed.record(duration);
    }

    /** Counts series and families that a scrape skipped. */
    void countUnreadable(long skipped) {
        unreadable.increment((double) skipped);
    }
}
