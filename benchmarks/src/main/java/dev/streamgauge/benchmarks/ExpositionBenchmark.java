package dev.streamgauge.benchmarks;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.exposition.TextWriter;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.snapshot.SeriesSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Writes counters as text; the time is per series. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ExpositionBenchmark {

    private static final int SERIES = 10_000;

    private final List<CanonicalLabels> labels = new ArrayList<>();
    private final List<Counter.Delta> totals = new ArrayList<>();

    public ExpositionBenchmark() {
        for (int i = 0; i < SERIES; i++) {
            Counter.Delta total = new Counter.Delta();
            total.add(i / 8.0);
            totals.add(total);
            labels.add(SamplesOfAShop.labels(i));
        }
    }

    @Benchmark
    @OperationsPerInvocation(SERIES)
    public int render() {
        TextWriter writer = new TextWriter(1 << 20);
        writer.beginFamily(SamplesOfAShop.family(MetricType.COUNTER));
        for (int i = 0; i < SERIES; i++) {
            writer.writeSeries(labels.get(i), totals.get(i).snapshot(SeriesSnapshot.UNKNOWN, 0));
        }
        return writer.take().length;
    }
}
