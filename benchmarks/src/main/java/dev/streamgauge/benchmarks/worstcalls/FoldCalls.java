package dev.streamgauge.benchmarks.worstcalls;

import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.snapshot.MetricType;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.testkit.Samples;
import dev.streamgauge.testkit.stored.StoredSummaries;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Expensive calls of the fold script. Entries are as ingest writes them, and batches as the fold loop makes them: it
 * adds entries until there are 256, or they cost 1,000 units, so the last entry may double the cost.
 */
final class FoldCalls implements AutoCloseable {

    private static final TenantId TENANT = new TenantId("tenant");
    private static final int PARTITION = 0;
    private static final int MAX_ENTRIES = 256;
    private static final Class<? extends FoldAnswer> FOLDED = FoldAnswer.Folded.class;
    private static final Class<? extends FoldAnswer> SPLIT = FoldAnswer.Split.class;

    private final IdleRedis redis;
    private final FoldConnection connection;
    private final byte[] full;
    private FoldBatch batch = new FoldBatch();

    FoldCalls(IdleRedis redis) {
        this.redis = redis;
        this.connection = FoldConnection.open(redis.topology().node(), "benchmark");
        long now = System.currentTimeMillis();
        this.full = StoredSummaries.encode(StoredSummaries.full(now), now);
    }

    /** The calls, in the order of the table. */
    List<WorstCall> all() {
        return List.of(
                fold("1,000 counters, which is a usual batch", FOLDED, oneEntry(i -> counter(i, ""), 1_000)),
                fold("256 entries with 1,600 counters", FOLDED, manyCounters()),
                fold("600 kB of labels", FOLDED, entries(2, i -> counter(i, "x".repeat(2_990)))),
                fold("220 histograms of 101 buckets", FOLDED, entries(2, FoldCalls::histogram)),
                fold("1 value for a full summary", FOLDED, oneEntry(i -> summary(i, 1), 1)),
                fold("1,000 values for a full summary", FOLDED, oneEntry(i -> values(500, true), 1)),
                fold("1,000 values of one sign for it", FOLDED, oneEntry(i -> values(1_000, false), 1)),
                fold("10,000 values for it, the highest limit", FOLDED, oneEntry(i -> values(5_000, true), 1)),
                fold("a value for each of 100 full summaries", FOLDED, oneEntry(i -> summary(i, 1), 100)),
                fold("so that all their bins collapse", FOLDED, oneEntry(i -> summary(i, 1e300, -1e300), 100)),
                fold("the same in 256 entries", SPLIT, manySummaries()));
    }

    private WorstCall fold(String name, Class<? extends FoldAnswer> expected, List<List<Sample>> requests) {
        List<byte[]> entries = requests.stream()
                .map(request -> EntryWriter.encode(TENANT, request).getFirst())
                .toList();
        List<Sample> stored = requests.stream()
                .flatMap(List::stream)
                .filter(sample -> sample.family().type() == MetricType.SUMMARY)
                .toList();
        return new WorstCall("fold: " + name, () -> prepare(entries, stored), () -> call(expected));
    }

    /** Stores full summaries, and reads the entries. */
    private void prepare(List<byte[]> entries, List<Sample> stored) {
        redis.client().commandBytes(words("DEL", redis.keyspace().stream(PARTITION)));
        connection.createGroups();
        for (Sample sample : stored) {
            byte[][] words = words(
                    "HSET", redis.keyspace().family(TENANT, sample.family().name()), "", "");
            words[2] = sample.labels().bytes();
            words[3] = full;
            redis.client().commandBytes(words);
        }
        for (byte[] entry : entries) {
            byte[][] words = words("XADD", redis.keyspace().stream(PARTITION), "*", "p", "");
            words[4] = entry;
            redis.client().commandBytes(words);
        }
        batch = new FoldBatch();
        try {
            for (ReadEntry entry : connection.readNew(MAX_ENTRIES).getOrDefault(PARTITION, List.of())) {
                batch.add(entry.id(), entry.payload().orElseThrow());
            }
        } catch (MalformedEntryException e) {
            throw new IllegalStateException(e);
        }
    }

    private void call(Class<? extends FoldAnswer> expected) {
        FoldAnswer answer = connection.fold(PARTITION, batch, tenant -> SeriesExpiry.NEVER);
        if (!expected.isInstance(answer)) {
            throw new IllegalStateException(answer + " instead of " + expected.getSimpleName());
        }
    }

    private static byte[][] words(String... words) {
        return Stream.of(words)
                .map(word -> word.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
    }

    /** The first entry of a request. */
    private static List<List<Sample>> oneEntry(IntFunction<Sample> sample, int samples) {
        return List.of(IntStream.range(0, samples).mapToObj(sample).toList());
    }

    /** The first entries of several large requests, each of other series. */
    private static List<List<Sample>> entries(int count, IntFunction<Sample> sample) {
        int samples = 1_000;
        return IntStream.range(0, count)
                .mapToObj(entry -> IntStream.range(entry * samples, (entry + 1) * samples)
                        .mapToObj(sample)
                        .toList())
                .toList();
    }

    /** Two large entries and many with one counter: nearly as many units as a call may cost. */
    private static List<List<Sample>> manyCounters() {
        List<List<Sample>> large = entries(2, i -> counter(i, ""));
        List<Sample> first = large.getFirst().subList(0, 950);
        List<List<Sample>> entries = new ArrayList<>(Collections.nCopies(MAX_ENTRIES, first.subList(0, 1)));
        entries.set(0, first);
        entries.set(MAX_ENTRIES - 1, large.getLast().subList(0, 650));
        return entries;
    }

    private static List<List<Sample>> manySummaries() {
        return IntStream.range(0, MAX_ENTRIES)
                .mapToObj(i -> List.of(summary(i, 1)))
                .toList();
    }

    private static Sample counter(int series, String more) {
        return Samples.counter("orders_total", labels(series, more), 1);
    }

    private static Sample histogram(int series) {
        BucketLayout layout = BucketLayout.of(
                        IntStream.range(0, 100).asDoubleStream().toArray())
                .orElseThrow();
        return new Sample(
                series,
                Samples.family("seconds", new Histogram(layout)),
                Samples.labels(labels(series, "")),
                new SampleValue.Observations(
                        DoubleStream.iterate(0.5, value -> value + 25).limit(4).toArray()),
                Sample.NO_TIMESTAMP);
    }

    private static Sample summary(int series, double... values) {
        return Samples.summary("bytes", labels(series, ""), values);
    }

    /** A sample of many different values. */
    private static Sample values(int count, boolean ofBothSigns) {
        double[] values = IntStream.range(0, count)
                .mapToDouble(i -> Math.pow(10, 17.0 * i / count - 8))
                .flatMap(value -> ofBothSigns ? DoubleStream.of(value, -value) : DoubleStream.of(value))
                .toArray();
        return summary(0, values);
    }

    private static String labels(int series, String more) {
        return String.format(Locale.ROOT, "path=\"/items/%06d%s\"", series, more);
    }

    @Override
    public void close() {
        connection.close();
    }
}
