package dev.streamgauge.redis.fold.cost;

import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.gauge;
import static dev.streamgauge.testkit.Samples.histogram;
import static dev.streamgauge.testkit.Samples.summary;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.entry.FoldUnits;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.fold.Partition;
import dev.streamgauge.testkit.stored.StoredSummaries;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The fold script gives up before the first write if a call would take Redis too long. */
class FoldSplitTest {

    private static final String TENANT = "acme";

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    /** Samples of series of their own, and what each costs. */
    static Stream<Arguments> series() {
        String kilobyte = "x".repeat(1_000 - "a=\"00000\"".length());
        return Stream.of(
                arguments("counters", 1.0, (IntFunction<Sample>)
                        i -> counter("orders_total", "a=\"%05d\"".formatted(i), 1)),
                arguments("gauges", 1.0, (IntFunction<Sample>) i -> gauge("queue_depth", "a=\"%05d\"".formatted(i), 1)),
                arguments("labels of 1,000 bytes", 1 + 1_000 / 300.0, (IntFunction<Sample>)
                        i -> counter("orders_total", "a=\"%05d%s\"".formatted(i, kilobyte), 1)),
                arguments("histograms of 3 buckets", 1 + 3 / 6.0, (IntFunction<Sample>)
                        i -> histogram("seconds", "a=\"%05d\"".formatted(i), 1)),
                arguments("summaries of 2 values", 4 + 2 * 2.0, (IntFunction<Sample>)
                        i -> summary("bytes", "a=\"%05d\"".formatted(i), 1, 2)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("series")
    void batch_isSplit_whenItsSeriesCostTooMuch(String kind, double units, IntFunction<Sample> series) {
        FoldConnection consumer = partition.consumer("worker");
        int most = (int) (FoldUnits.MAX_PER_CALL / units);
        List<ReadEntry> fits = read(consumer, IntStream.range(0, most * 8 / 10).mapToObj(series));
        List<ReadEntry> tooMuch =
                read(consumer, IntStream.range(0, most * 11 / 10).mapToObj(series));

        int fitting = expectSplitThatChangesNothing(consumer, tooMuch);

        assertThat(fitting).isBetween(most * 8 / 10, most);
        assertThat(Partition.fold(consumer, fits)).isEqualTo(new FoldAnswer.Folded(0));
        assertThat(consumer.foldedUnits()).isBetween(FoldUnits.MAX_PER_CALL * 7 / 10, FoldUnits.MAX_PER_CALL);
    }

    @Test
    void batch_isSplit_whenItsSummariesAreLargeInTheStore() {
        FoldConnection consumer = partition.consumer("worker");
        long now = redis.nowMillis();
        int summaries = 8;
        byte[] full = StoredSummaries.encode(StoredSummaries.full(now), now);
        IntStream.range(0, summaries).forEach(i -> partition.store(TENANT, oneValue(i), full));
        List<ReadEntry> all = new ArrayList<>();
        for (int i = 0; i < summaries; i++) {
            all.addAll(read(consumer, Stream.of(oneValue(i))));
        }

        int fitting = expectSplitThatChangesNothing(consumer, all);

        assertThat(fitting).isEqualTo(2);
        for (int from = 0; from < summaries; from += fitting) {
            assertThat(Partition.fold(consumer, all.subList(from, from + fitting)))
                    .isEqualTo(new FoldAnswer.Folded(0));
        }
        assertThat(partition.entries()).isZero();
    }

    /** Ingest need not know what is stored. */
    @Test
    void entry_fitsIntoACall_whenAllItsSummariesAreFull() {
        FoldConnection consumer = partition.consumer("worker");
        long now = redis.nowMillis();
        byte[] full = StoredSummaries.encode(StoredSummaries.full(now), now);
        List<Sample> request = IntStream.range(0, 100)
                .mapToObj(i -> summary("bytes", "a=\"%d\"".formatted(i), geometric(20)))
                .toList();
        byte[] first = EntryWriter.encode(new TenantId(TENANT), request).getFirst();
        request.forEach(sample -> partition.store(TENANT, sample, full));
        redis.append(Partition.STREAM, "1-0", first);
        partition.append(new EntryId(2, 0), TENANT, counter("orders_total", "", 1));
        List<ReadEntry> both = Partition.readNew(consumer);

        FoldAnswer answer = Partition.fold(consumer, both); // the limit holds for more than one entry

        assertThat(both).hasSize(2);
        assertThat(answer).isEqualTo(new FoldAnswer.Folded(0));
    }

    @Test
    void entry_isFolded_whenItAloneCostsTooMuch() {
        FoldConnection consumer = partition.consumer("worker");
        double[] values = geometric(9_000);
        Sample manyValues = summary(
                "bytes",
                "",
                DoubleStream.of(values)
                        .flatMap(value -> DoubleStream.of(value, -value))
                        .toArray());
        List<ReadEntry> one = read(consumer, Stream.of(manyValues));
        List<ReadEntry> another = read(consumer, Stream.of(counter("orders_total", "", 1)));

        expectSplitThatChangesNothing(
                consumer, Stream.concat(one.stream(), another.stream()).toList());

        assertThat(Partition.fold(consumer, one)).isEqualTo(new FoldAnswer.Folded(0));
        assertThat(Partition.fold(consumer, another)).isEqualTo(new FoldAnswer.Folded(0));
    }

    /** Returns how many series would fit. */
    private int expectSplitThatChangesNothing(FoldConnection consumer, List<ReadEntry> entries) {
        String before = redis.dump();

        FoldAnswer answer = Partition.fold(consumer, entries);

        assertThat(answer).isInstanceOf(FoldAnswer.Split.class);
        assertThat(redis.dump()).isEqualTo(before);
        return ((FoldAnswer.Split) answer).series();
    }

    /** Admits a request, and reads its entries. */
    private List<ReadEntry> read(FoldConnection consumer, Stream<Sample> samples) {
        partition.admit(TENANT, samples.toArray(Sample[]::new));
        return Partition.readNew(consumer);
    }

    private static Sample oneValue(int series) {
        return summary("bytes", "a=\"%d\"".formatted(series), 1);
    }

    private static double[] geometric(int count) {
        return IntStream.range(0, count)
                .mapToDouble(i -> Math.pow(10, (i - count / 2) * 16.0 / count))
                .toArray();
    }
}
