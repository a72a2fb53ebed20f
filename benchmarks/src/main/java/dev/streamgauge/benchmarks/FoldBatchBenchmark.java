package dev.streamgauge.benchmarks;

import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Writing entries of 50 samples, and merging 20 of them in memory; time is for a sample. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FoldBatchBenchmark {

    private static final int SAMPLES = 1_000;
    private static final int SAMPLES_OF_A_REQUEST = 50;
    private static final TenantId TENANT = new TenantId("shop");

    @Param({"COUNTER", "HISTOGRAM", "SUMMARY"})
    private MetricType type = MetricType.COUNTER;

    private final List<List<Sample>> requests = new ArrayList<>();
    private final List<byte[]> entries = new ArrayList<>();

    @Setup
    public void write() {
        List<Sample> samples = SamplesOfAShop.samples(type, SAMPLES, SAMPLES / 2);
        for (int from = 0; from < SAMPLES; from += SAMPLES_OF_A_REQUEST) {
            List<Sample> request = samples.subList(from, from + SAMPLES_OF_A_REQUEST);
            requests.add(request);
            entries.addAll(EntryWriter.encode(TENANT, request));
        }
    }

    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public int encode() {
        int bytes = 0;
        for (List<Sample> request : requests) {
            bytes += EntryWriter.encode(TENANT, request).getFirst().length;
        }
        return bytes;
    }

    @Benchmark
    @OperationsPerInvocation(SAMPLES)
    public FoldBatch merge() throws MalformedEntryException {
        FoldBatch batch = new FoldBatch();
        for (int i = 0; i < entries.size(); i++) {
            batch.add(new EntryId(1, i), entries.get(i));
        }
        return batch;
    }
}
