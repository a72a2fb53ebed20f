package dev.streamgauge.redis.removal;

import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.gauge;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.selector.MalformedSelectorException;
import dev.streamgauge.core.selector.SeriesSelection;
import dev.streamgauge.core.selector.SeriesSelector;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Await;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A deletion removes what was selected and accepted before it, nothing else, and is right wherever it ends. */
class SeriesDeletionTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final String TOTALS = KEYSPACE.tenantTotals(ACME);
    private static final String STREAM = KEYSPACE.stream(0);
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private RemovalOutcome delete(String... selectors) {
        return delete(DEADLINE, selectors);
    }

    private RemovalOutcome delete(Duration deadline, String... selectors) {
        return new SeriesDeletion(redis.topology(KEYSPACE), deadline).delete(ACME, selection(selectors));
    }

    private static SeriesSelection selection(String... selectors) {
        List<SeriesSelector> parsed = new ArrayList<>();
        try {
            for (String selector : selectors) {
                parsed.add(SeriesSelector.parse(selector));
            }
        } catch (MalformedSelectorException e) {
            throw new AssertionError(e);
        }
        return new SeriesSelection(parsed);
    }

    private RememberingSender sender() {
        return new RememberingSender(redis.topology(KEYSPACE), "acme");
    }

    private FoldConnection consumer(String name) {
        FoldConnection connection = redis.closedAfterwards(
                FoldConnection.open(redis.topology(KEYSPACE).node(), name));
        connection.createGroups();
        return connection;
    }

    /** Folds all that no consumer has read yet. */
    private static void fold(FoldConnection consumer) {
        List<ReadEntry> entries = consumer.readNew(10_000).getOrDefault(0, List.of());
        if (!entries.isEmpty()) {
            FoldBatch batch = new FoldBatch();
            try {
                for (ReadEntry entry : entries) {
                    batch.add(entry.id(), entry.payload().orElseThrow());
                }
            } catch (MalformedEntryException e) {
                throw new AssertionError(e);
            }
            assertThat(consumer.fold(0, batch, any -> SeriesExpiry.NEVER)).isInstanceOf(FoldAnswer.Folded.class);
        }
    }

    private void pushAndFold(Sample... samples) {
        FoldConnection consumer = consumer("any");
        for (int from = 0; from < samples.length; from += 1_000) {
            Sample[] some = Arrays.copyOfRange(samples, from, Math.min(from + 1_000, samples.length));
            assertThat(sender().send(some)).isInstanceOf(AdmissionAnswer.Stored.class);
            fold(consumer);
        }
    }

    private static Sample[] series(String family, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> counter(family, "half=\"" + i % 2 + "\",n=\"" + i + "\"", 1))
                .toArray(Sample[]::new);
    }

    private static Sample[] families(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> counter("family_" + i + "_total", "a=\"1\"", 1))
                .toArray(Sample[]::new);
    }

    private long total(String field) {
        Object value = redis.command("HGET", TOTALS, field);
        return value == null ? 0 : Long.parseLong(String.valueOf(value));
    }

    private long stored(String family) {
        return redis.number("HLEN", KEYSPACE.family(ACME, family));
    }

    private boolean hasRow(String family) {
        return redis.number("HEXISTS", KEYSPACE.families(ACME), family) == 1;
    }

    private double value(Sample like) {
        byte[] stored = redis.field(
                KEYSPACE.family(ACME, like.family().name()), like.labels().bytes());
        return ((Counter.Delta)
                        StoredSeries.decode(like.family(), stored).orElseThrow().total())
                .value();
    }

    @Test
    void deletion_removesWhatIsSelected_andNothingElse() {
        pushAndFold(
                counter("orders_total", "country=\"NL\",shop=\"a\"", 1),
                counter("orders_total", "country=\"NL\",shop=\"b\"", 1),
                counter("orders_total", "country=\"DE\"", 1),
                counter("orders_total", "", 1),
                counter("visits_total", "country=\"NL\"", 1),
                counter("visits_total", "country=\"FR\"", 1),
                gauge("open", "country=\"NL\"", 1));
        new RememberingSender(redis.topology(KEYSPACE), "other").send(counter("orders_total", "country=\"NL\"", 1));
        fold(consumer("any"));
        String other = String.valueOf(redis.command("HGETALL", "sg:{0}:t:other:f:orders_total"));
        long epoch = total("epoch");

        RemovalOutcome outcome = delete("{__name__=~\".*_total\",country=\"NL\"}", "visits_total{country=~\"F.\"}");

        assertThat(outcome).isEqualTo(new RemovalOutcome.Done(1, 4));
        assertThat(redis.command("HKEYS", KEYSPACE.family(ACME, "orders_total")))
                .asString()
                .contains("country=\"DE\"")
                .doesNotContain("NL");
        assertThat(stored("orders_total")).isEqualTo(2);
        assertThat(redis.number("EXISTS", KEYSPACE.family(ACME, "visits_total")))
                .isZero();
        assertThat(hasRow("visits_total")).isFalse();
        assertThat(hasRow("orders_total")).isTrue();
        assertThat(stored("open")).isEqualTo(1);
        assertThat(total("series")).isEqualTo(3);
        assertThat(total("epoch")).isGreaterThan(epoch);
        assertThat(redis.command("HMGET", TOTALS, "held", "held_after"))
                .asString()
                .isEqualTo("[null, null]");
        assertThat(redis.command("HGETALL", "sg:{0}:t:other:f:orders_total"))
                .asString()
                .isEqualTo(other);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '@', quoteCharacter = '~', textBlock = """
            many_total                   @ 1   @ 5001
            {__name__=~"many_.+"}        @ 1   @ 5001
            many_total{half="1"}         @ 0   @ 2500
            many_total{half=~"0|1"}      @ 1   @ 5001
            many_total{n=~"[0-9]+"}      @ 1   @ 5001
            {half=~".",n!="17"}          @ 0   @ 5000
            {a="1"}                      @ 250 @ 250
            {__name__=~"family_.*"}      @ 250 @ 250
            {__name__=~".+"}             @ 251 @ 5251
            {a!="1",n=~"x.*",half!=""}   @ 0   @ 0
            absent_total                 @ 0   @ 0
            absent_total{a="1"}          @ 0   @ 0
            """)
    void deletion_removesAllThatIsSelected_whenThatIsMoreThanAStep(String selector, long families, long series) {
        pushAndFold(series("many_total", 5_001));
        pushAndFold(families(250));
        String before = redis.dump();

        assertThat(delete(selector)).isEqualTo(new RemovalOutcome.Done(families, series));

        assertThat(total("series")).isEqualTo(5_251 - series);
        assertThat(redis.number("HLEN", KEYSPACE.families(ACME))).isEqualTo(251 - families);
        assertThat(total("held")).isZero();
        if (series == 0) {
            assertThat(redis.dump()).isEqualTo(before);
        }
    }

    @Test
    void deletion_changesNothing_whenTheTenantHasNeverPushed() {
        assertThat(delete("{__name__=~\".+\"}")).isEqualTo(new RemovalOutcome.Done(0, 0));

        assertThat(redis.number("DBSIZE")).isZero();
    }

    @Test
    void deletion_leavesTheFenceOfAPurge_whenItComesAfterIt() {
        pushAndFold(families(3));
        new RegistryReset(redis.topology(KEYSPACE), DEADLINE).reset(ACME, RegistryReset.Extent.PURGE);

        assertThat(delete("{__name__=~\".+\"}")).isEqualTo(new RemovalOutcome.Done(0, 0));

        assertThat(redis.number("PTTL", TOTALS)).isGreaterThan(25_000);
        assertThat(total("held")).isGreaterThan(redis.nowMillis() + 25_000);
    }

    @Test
    void deletion_removesNothingAndTakesItsFenceAway_whenTheBacklogDoesNotDrain() {
        pushAndFold(families(3));
        sender().send(counter("family_0_total", "a=\"1\"", 1), counter("family_1_total", "a=\"1\"", 1));
        String before = redis.dump();

        RemovalOutcome outcome = delete(Duration.ZERO, "family_0_total");

        assertThat(outcome).isEqualTo(new RemovalOutcome.OutOfTime(1, 0, 0));
        assertThat(redis.dump()).isEqualTo(before);
    }

    /** A sample that was accepted before, and is folded only then, must not bring the series back. */
    @Test
    void deletion_waits_untilWhatWasAcceptedIsFolded() throws Exception {
        FoldConnection consumer = consumer("any");
        sender().send(families(3));
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<RemovalOutcome> outcome = threads.submit(() -> delete("family_0_total{a=\"1\"}", "family_1_total"));
            Await.until(DEADLINE, () -> total("held") > 0);
            assertThat(sender().send(counter("family_2_total", "", 1))).isInstanceOf(AdmissionAnswer.Fenced.class);
            long fencedUntil = total("held");
            Await.until(DEADLINE, () -> total("held") > fencedUntil); // another step has found that it must wait
            assertThat(stored("family_0_total")).isEqualTo(1);

            fold(consumer);

            assertThat(outcome.get(30, TimeUnit.SECONDS)).isEqualTo(new RemovalOutcome.Done(2, 2));
        }
        assertThat(total("series")).isEqualTo(1);
        assertThat(total("folded")).isEqualTo(3);
    }

    @Test
    void series_startsAgain_whenItIsPushedAgain() {
        RememberingSender remembering = sender();
        remembering.send(counter("orders_total", "a=\"1\"", 5), counter("orders_total", "a=\"2\"", 5));
        fold(consumer("any"));

        delete("orders_total{a=\"1\"}");

        // What the process remembers of the series would have let it be counted without being registered.
        assertThat(remembering.send(counter("orders_total", "a=\"1\"", 2))).isInstanceOf(AdmissionAnswer.Stored.class);
        assertThat(total("series")).isEqualTo(2);
        fold(consumer("any"));
        assertThat(value(counter("orders_total", "a=\"1\"", 1))).isEqualTo(2);
        assertThat(value(counter("orders_total", "a=\"2\"", 1))).isEqualTo(5);
        assertThat(total("series")).isEqualTo(2);
    }

    @Test
    void family_mayHaveAnotherType_whenItsLastSeriesWasDeleted() {
        pushAndFold(counter("orders", "a=\"1\"", 1));

        delete("orders{a=\"1\"}");

        assertThat(sender().send(gauge("orders", "", 7))).isInstanceOf(AdmissionAnswer.Stored.class);
    }

    @Test
    void family_goes_whenItHasNoSeries() {
        pushAndFold(families(2));
        redis.command("DEL", KEYSPACE.family(ACME, "family_0_total"));

        assertThat(delete("family_0_total")).isEqualTo(new RemovalOutcome.Done(1, 0));

        assertThat(hasRow("family_0_total")).isFalse();
    }

    @Test
    void deletion_leavesAWholeRegistry_whenItEndsHalfway() {
        pushAndFold(series("many_total", 3_000));

        RemovalOutcome outcome = delete(Duration.ZERO, "many_total{half=~\".\"}");

        assertThat(outcome).isInstanceOf(RemovalOutcome.OutOfTime.class);
        assertThat(total("series")).isEqualTo(stored("many_total"));
        assertThat(total("held")).isZero();
        assertThat(sender().send(series("many_total", 1))).isInstanceOf(AdmissionAnswer.Stored.class);
        fold(consumer("any"));
        assertThat(delete("many_total{half=~\".\"}")).isEqualTo(new RemovalOutcome.Done(1, 3_000));
    }

    @Test
    void deletion_isOutOfTime_whenComparingTakesTooLong() {
        pushAndFold(series("many_total", 3_000));

        RemovalOutcome outcome = new SeriesDeletion(redis.topology(KEYSPACE), DEADLINE)
                .delete(ACME, selection("many_total{half=~\".\"}"), Duration.ZERO);

        assertThat(outcome).isInstanceOf(RemovalOutcome.OutOfTime.class);
        assertThat(stored("many_total")).isGreaterThan(2_000).isEqualTo(total("series"));
        assertThat(total("held")).isZero();
    }

    @Test
    void deletion_isDone_whenRedisHasForgottenTheScriptOrIsFull() {
        pushAndFold(series("many_total", 2_000));
        redis.command("SCRIPT", "FLUSH");
        delete("many_total{n=\"1\"}");
        redis.fill();

        assertThat(delete("many_total{half=\"0\"}")).isEqualTo(new RemovalOutcome.Done(0, 1_000));
    }

    @Test
    void deletion_removesAnUnexpectedField_onlyWhenItsWholeFamilyGoes() {
        pushAndFold(families(1));
        redis.setField(
                KEYSPACE.family(ACME, "family_0_total"), "no labels".getBytes(StandardCharsets.UTF_8), new byte[] {1});

        assertThat(delete("family_0_total{a!=\"x\"}")).isEqualTo(new RemovalOutcome.Done(0, 1));
        assertThat(stored("family_0_total")).isEqualTo(1);
        assertThat(delete("family_0_total")).isEqualTo(new RemovalOutcome.Done(1, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sg:{0}:stream", "sg:{0}:t:acme:totals", "sg:{0}:t:acme:f:family_0_total"})
    void deletion_changesNothing_whenAKeyIsOfAnotherType(String key) {
        pushAndFold(families(3));
        redis.command("DEL", key);
        redis.command("SET", key, "unexpected");
        String before = redis.dump();

        assertThat(delete("{__name__=~\"family_.*\"}")).isInstanceOf(RemovalOutcome.Broken.class);

        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void deletions_removeEachSeriesOnce_whenSeveralGoAtOnce() throws Exception {
        pushAndFold(series("many_total", 4_000));
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<RemovalOutcome>> all = List.of(
                    threads.submit(() -> delete("many_total{half=\"0\"}")),
                    threads.submit(() -> delete("many_total{n=~\".*[0-4]\"}")),
                    threads.submit(() -> new RegistryReset(redis.topology(KEYSPACE), DEADLINE)
                            .reset(ACME, RegistryReset.Extent.KEEP)));

            long removed = 0;
            for (Future<RemovalOutcome> each : all) {
                removed += ((RemovalOutcome.Done) each.get(30, TimeUnit.SECONDS)).series();
            }
            assertThat(removed).isEqualTo(4_000);
        }
        assertThat(total("series")).isZero();
        assertThat(total("held")).isZero();
    }

    /**
     * Each push has a series of its own and two shared series; one of these is deleted. It loses the samples that were
     * answered before the deletion, and counts the samples that were sent after its end once. The other one loses
     * nothing.
     */
    @Test
    void everySample_isGoneOrCountedOnce_whenPushesAndFoldsGoOn() throws Exception {
        AtomicBoolean stopped = new AtomicBoolean();
        int before = 0; // pushes answered before the last deletion
        AtomicInteger answered = new AtomicInteger();
        AtomicInteger sentAfter = new AtomicInteger();
        AtomicBoolean isAfter = new AtomicBoolean();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                RememberingSender sender = new RememberingSender(
                        redis.closedAfterwards(redis.topology(KEYSPACE).apart()), "acme");
                running.add(threads.submit(() -> {
                    while (!stopped.get()) {
                        boolean sentLate = isAfter.get();
                        AdmissionAnswer answer = sender.send(
                                counter("shared_total", "keep=\"0\"", 1), counter("shared_total", "keep=\"1\"", 1));
                        if (answer instanceof AdmissionAnswer.Stored) {
                            answered.incrementAndGet();
                            if (sentLate) {
                                sentAfter.incrementAndGet();
                            }
                        }
                    }
                }));
            }
            for (int i = 0; i < 2; i++) {
                FoldConnection consumer = consumer("consumer" + i);
                running.add(threads.submit(() -> {
                    while (!stopped.get()) {
                        fold(consumer);
                    }
                }));
            }
            for (int round = 0; round < 5; round++) {
                long folded = total("folded");
                Await.until(DEADLINE, () -> total("folded") > folded + 200);
                before = answered.get();
                assertThat(delete("{keep=\"0\"}")).isEqualTo(new RemovalOutcome.Done(0, 1));
            }
            isAfter.set(true);
            Await.until(DEADLINE, () -> sentAfter.get() > 100);
            stopped.set(true);
            for (Future<?> each : running) {
                each.get(30, TimeUnit.SECONDS);
            }
        }
        fold(consumer("last"));

        assertThat(value(counter("shared_total", "keep=\"1\"", 1))).isEqualTo(answered.get());
        assertThat(value(counter("shared_total", "keep=\"0\"", 1)))
                .isBetween((double) sentAfter.get(), (double) (answered.get() - before));
        assertThat(total("series")).isEqualTo(2);
        assertThat(total("backlog")).isZero();
        assertThat(total("accepted")).isEqualTo(total("folded"));
        assertThat(Objects.requireNonNull(redis.command("XLEN", STREAM))).isEqualTo(0L);
    }
}
