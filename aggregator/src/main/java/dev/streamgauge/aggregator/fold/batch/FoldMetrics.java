package dev.streamgauge.aggregator.fold.batch;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToLongFunction;

/** Metrics of this process' batches, since it started. Totals of samples are counted in Redis. */
@ApplicationScoped
@Startup // or its counters would begin to exist above 0, which rate() misses
public class FoldMetrics {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(2)
    };

    private final Timer duration;
    private final DistributionSummary entries;
    private final DistributionSummary units;
    private final Counter stale;
    private final Counter failed;
    private final Counter split;
    private final Counter claimed;
    private final List<FoldGauges> loops = new CopyOnWriteArrayList<>();

    public FoldMetrics(MeterRegistry registry) {
        duration = Timer.builder("streamgauge.fold.duration")
                .description("Time from merging a batch to Redis' answer")
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
        entries = DistributionSummary.builder("streamgauge.fold.batch.entries")
                .description("Entries of a folded batch")
                .register(registry);
        units = DistributionSummary.builder("streamgauge.fold.batch.units")
                .description("Units that folding a batch has cost")
                .register(registry);
        stale = Counter.builder("streamgauge.fold.stale.batches")
                .description("Batches dropped, because another aggregator had taken over one of their entries")
                .register(registry);
        failed = Counter.builder("streamgauge.fold.failed.batches")
                .description("Batches that could not be folded as a whole")
                .register(registry);
        split = Counter.builder("streamgauge.fold.split.batches")
                .description("Batches folded by several calls, because one would have taken Redis too long")
                .register(registry);
        claimed = Counter.builder("streamgauge.claimed.entries")
                .description("Entries taken over from other aggregators")
                .register(registry);
        Gauge.builder("streamgauge.unreadable.entries", () -> sum(FoldGauges::unreadableEntries))
                .description("Entries left pending, because their version or that of a stored value is unknown here")
                .register(registry);
        Gauge.builder("streamgauge.orphaned.samples", () -> sum(FoldGauges::orphanedSamples))
                .description("Samples pending forever, because another program deleted their entries")
                .register(registry);
        Gauge.builder("streamgauge.broken.partitions", () -> sum(FoldGauges::brokenPartitions))
                .description("Partitions where nothing is folded, because one of their keys holds unexpected data")
                .register(registry);
    }

    private long sum(ToLongFunction<FoldGauges> gauge) {
        return loops.stream().mapToLong(gauge).sum();
    }

    /** The gauges of another loop, all 0. */
    public FoldGauges addLoop() {
        FoldGauges gauges = new FoldGauges();
        loops.add(gauges);
        return gauges;
    }

    public void folded(int entryCount, int unitCount, Duration took) {
        entries.record(entryCount);
        units.record(unitCount);
        duration.record(took);
    }

    public void staleBatch() {
        stale.increment();
    }

    public void failedBatch() {
        failed.increment();
    }

    public void splitBatch() {
        split.increment();
    }

    public void claimed(int entryCount) {
        claimed.increment(entryCount);
    }
}
