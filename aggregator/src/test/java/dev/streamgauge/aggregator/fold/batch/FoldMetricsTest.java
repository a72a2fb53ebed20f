package dev.streamgauge.aggregator.fold.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FoldMetricsTest {

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final FoldMetrics metrics = new FoldMetrics(registry);

    @ParameterizedTest
    @ValueSource(strings = {"unreadable.entries", "broken.partitions", "orphaned.samples"})
    void gauge_hasTheSumOfAllLoops(String gauge) {
        set(metrics.addLoop(), 3);
        FoldGauges second = metrics.addLoop();
        set(second, 9);

        set(second, 4);

        assertThat(registry.get("streamgauge." + gauge).gauge().value()).isEqualTo(7);
    }

    private static void set(FoldGauges loop, int value) {
        loop.unreadableEntries(value);
        loop.brokenPartitions(value);
        loop.orphanedSamples(value);
    }
}
