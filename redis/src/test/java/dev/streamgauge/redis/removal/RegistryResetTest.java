package dev.streamgauge.redis.removal;

import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.gauge;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.aggregation.Counter;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Await;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.deadletter.DeadLetterReason;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.removal.RegistryReset.Extent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A reset removes what was accepted before it, keeps what comes after it, and is right wherever it ends. */
class RegistryResetTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final String TOTALS = KEYSPACE.tenantTotals(ACME);
    private static final String STREAM = KEYSPACE.stream(0);
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private RemovalOutcome reset(Extent extent) {
        return new RegistryReset(redis.topology(KEYSPACE), DEADLINE).reset(ACME, extent);
    }

    /** A reset that has time for one step only. */
    private RemovalOutcome oneStep(Extent extent) {
        return new RegistryReset(redis.topology(KEYSPACE), Duration.ZERO).reset(ACME, extent);
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
            assertThat(consumer.fold(0, batch(entries), any -> SeriesExpiry.NEVER))
                    .isInstanceOf(FoldAnswer.Folded.class);
        }
    }

    private static FoldBatch batch(List<ReadEntry> entries) {
        FoldBatch batch = new FoldBatch();
        try {
            for (ReadEntry entry : entries) {
                batch.add(entry.id(), entry.payload().orElseThrow());
            }
        } catch (MalformedEntryException e) {
            throw new AssertionError(e);
        }
        return batch;
    }

    private static Sample[] families(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> counter("family_" + i + "_total", "", 1))
                .toArray(Sample[]::new);
    }

    private void pushAndFold(Sample... samples) {
        assertThat(sender().send(samples)).isInstanceOf(AdmissionAnswer.Stored.class);
        fold(consumer("any"));
    }

    private long total(String field) {
        Object value = redis.command("HGET", TOTALS, field);
        return value == null ? 0 : Long.parseLong(String.valueOf(value));
    }

    private double value(Sample like) {
        byte[] stored = redis.field(
                KEYSPACE.family(ACME, like.family().name()), like.labels().bytes());
        return ((Counter.Delta)
                        StoredSeries.decode(like.family(), stored).orElseThrow().total())
                .value();
    }

    private void assertPartitionAddsUp() {
        List<?> counts = (List<?>) Objects.requireNonNull(
                redis.command("HMGET", KEYSPACE.totals(0), "accepted", "folded", "dead", "pending"));
        List<Long> numbers = counts.stream()
                .map(count -> count == null ? 0L : Long.parseLong(String.valueOf(count)))
                .toList();
        assertThat(numbers.get(0)).isEqualTo(numbers.get(1) + numbers.get(2) + numbers.get(3));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 99, 100, 101, 250, 700})
    void reset_removesEveryFamily_whenEverythingIsFolded(int families) {
        pushAndFold(families(families));
        pushAndFold(counter("family_0_total", "a=\"1\"", 1), counter("family_0_total", "a=\"2\"", 1));
        new RememberingSender(redis.topology(KEYSPACE), "other").send(counter("orders_total", "", 1));
        fold(consumer("any"));
        long epoch = total("epoch");

        RemovalOutcome outcome = reset(Extent.KEEP);

        assertThat(outcome).isEqualTo(new RemovalOutcome.Done(families, families + 2));
        assertThat(redis.number("EXISTS", KEYSPACE.families(ACME))).isZero();
        assertThat((List<?>) redis.command("KEYS", "sg:{0}:t:acme:*")).hasSize(1);
        assertThat(total("series")).isZero();
        assertThat(total("epoch")).isGreaterThan(epoch);
        assertThat(total("accepted")).isEqualTo(families + 2);
        assertThat(redis.command("HMGET", TOTALS, "held", "held_after"))
                .asString()
                .isEqualTo("[null, null]");
        assertThat((List<?>) redis.command("KEYS", "sg:{0}:t:other:*")).hasSize(3);
        assertPartitionAddsUp();
    }

    @ParameterizedTest
    @EnumSource
    void reset_changesNothing_whenTheTenantHasNeverPushed(Extent extent) {
        assertThat(reset(extent)).isEqualTo(new RemovalOutcome.Done(0, 0));

        assertThat(redis.number("EXISTS", TOTALS)).isEqualTo(extent == Extent.KEEP ? 0 : 1); // a purge fences it
    }

    @Test
    void reset_removesNothingAndTakesItsFenceAway_whenTheBacklogDoesNotDrain() {
        pushAndFold(families(3));
        sender().send(counter("family_0_total", "", 1), counter("family_1_total", "", 1));
        String before = redis.dump();

        RemovalOutcome outcome = oneStep(Extent.KEEP);

        assertThat(outcome).isEqualTo(new RemovalOutcome.OutOfTime(1, 0, 0));
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void reset_waits_untilWhatWasAcceptedIsFolded() throws Exception {
        FoldConnection consumer = consumer("any");
        sender().send(families(3));
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<RemovalOutcome> outcome = threads.submit(() -> reset(Extent.KEEP));
            Await.until(DEADLINE, () -> total("held") > 0);
            assertThat(sender().send(counter("family_0_total", "", 1))).isInstanceOf(AdmissionAnswer.Fenced.class);

            fold(consumer);

            assertThat(outcome.get(30, TimeUnit.SECONDS)).isEqualTo(new RemovalOutcome.Done(3, 3));
        }
    }

    /** Moving an entry to the dead letters changes the tenant's counters, too. */
    @ParameterizedTest
    @EnumSource
    void reset_waits_untilWhatCannotBeFoldedIsADeadLetter(Extent extent) throws Exception {
        pushAndFold(families(3));
        FoldConnection consumer = consumer("any");
        sender().send(counter("family_0_total", "", 1));
        ReadEntry entry = Objects.requireNonNull(consumer.readNew(1).get(0)).getFirst();
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<RemovalOutcome> outcome = threads.submit(() -> reset(extent));
            Await.until(DEADLINE, () -> total("held") > 0);

            consumer.deadLetter(0, entry, new DeadLetterReason(DeadLetterReason.UNFOLDABLE, "as the test wants it"));

            assertThat(outcome.get(30, TimeUnit.SECONDS)).isEqualTo(new RemovalOutcome.Done(3, 3));
        }
        assertThat(redis.number("XLEN", KEYSPACE.tenantDeadLetters(ACME))).isEqualTo(extent == Extent.KEEP ? 1 : 0);
        assertThat(total("dead")).isEqualTo(extent == Extent.KEEP ? 1 : 0);
        assertPartitionAddsUp();
    }

    /** The tenant's backlog counter never gets to 0 again. */
    @Test
    void reset_isDone_whenAnEntryWasDeletedFromOutside() {
        pushAndFold(families(3));
        sender().send(counter("family_0_total", "", 1));
        redis.command("XTRIM", STREAM, "MAXLEN", "0");

        RemovalOutcome outcome = reset(Extent.KEEP);

        assertThat(outcome).isEqualTo(new RemovalOutcome.Done(3, 3));
        assertThat(total("backlog")).isZero();
    }

    /** Another tenant's entries come all the time, so the stream is never empty. */
    @Test
    void reset_isDone_whenOnlyEntriesYoungerThanItsFenceAreLeft() throws Exception {
        FoldConnection consumer = consumer("any");
        RememberingSender other = new RememberingSender(redis.topology(KEYSPACE), "other");
        pushAndFold(families(3));
        sender().send(counter("family_0_total", "", 1));
        redis.command("XTRIM", STREAM, "MAXLEN", "0");
        other.send(counter("orders_total", "", 1));
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<RemovalOutcome> outcome = threads.submit(() -> reset(Extent.KEEP));
            Await.until(DEADLINE, () -> total("held") > 0);
            List<ReadEntry> older = Objects.requireNonNull(consumer.readNew(1).get(0));
            other.send(counter("orders_total", "", 1));

            consumer.fold(0, batch(older), any -> SeriesExpiry.NEVER);

            assertThat(outcome.get(30, TimeUnit.SECONDS)).isEqualTo(new RemovalOutcome.Done(3, 3));
        }
        assertThat(redis.number("XLEN", STREAM)).isEqualTo(1);
    }

    /** It was read, so that it can still be folded. */
    @Test
    void reset_waits_whenAnEntryThatAConsumerHoldsWasDeletedFromOutside() {
        FoldConnection consumer = consumer("any");
        pushAndFold(families(3));
        sender().send(counter("family_0_total", "", 1));
        List<ReadEntry> held = Objects.requireNonNull(consumer.readNew(1).get(0));
        redis.command("XTRIM", STREAM, "MAXLEN", "0");

        assertThat(oneStep(Extent.KEEP)).isEqualTo(new RemovalOutcome.OutOfTime(1, 0, 0));

        consumer.fold(0, batch(held), any -> SeriesExpiry.NEVER);
        assertThat(value(counter("family_0_total", "", 1))).isEqualTo(2);
        assertThat(reset(Extent.KEEP)).isEqualTo(new RemovalOutcome.Done(3, 3));
    }

    @Test
    void push_isAnsweredAsFenced_whenItsTenantIs() {
        redis.command("HSET", TOTALS, "held", Long.toString(redis.nowMillis() + 5_000));

        AdmissionAnswer answer = sender().send(counter("orders_total", "", 1));

        assertThat(answer)
                .isInstanceOfSatisfying(
                        AdmissionAnswer.Fenced.class,
                        fenced -> assertThat(fenced.retryAfter()).isBetween(Duration.ZERO, Duration.ofSeconds(5)));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, -3_600_000, 100_000, 3_600_000}) // over, and from before the clock stepped back
    void push_isStored_whenTheFenceIsNotInForce(long fencedForMillis) {
        redis.command("HSET", TOTALS, "held", Long.toString(redis.nowMillis() + fencedForMillis), "held_after", "1-1");

        AdmissionAnswer answer = sender().send(counter("orders_total", "", 1));

        assertThat(answer).isInstanceOf(AdmissionAnswer.Stored.class);
        assertThat(total("held")).isZero();
    }

    @Test
    void reset_endsInBoth_whenTwoGoAtOnce() throws Exception {
        pushAndFold(families(900));
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<RemovalOutcome>> both =
                    List.of(threads.submit(() -> reset(Extent.KEEP)), threads.submit(() -> reset(Extent.KEEP)));

            long removed = 0;
            for (Future<RemovalOutcome> each : both) {
                removed += ((RemovalOutcome.Done) each.get(30, TimeUnit.SECONDS)).families();
            }
            assertThat(removed).isEqualTo(900);
        }
        assertThat(total("series")).isZero();
        assertThat(total("held")).isZero();
        pushAndFold(families(2));
        assertThat(total("series")).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void reset_leavesAWholeRegistry_whenItEndsHalfway(Extent extent) {
        RememberingSender remembering = sender();
        remembering.send(families(600));
        fold(consumer("any"));

        RemovalOutcome outcome = oneStep(extent);

        assertThat(outcome).isEqualTo(new RemovalOutcome.OutOfTime(0, 100, 100));
        assertThat(total("series")).isEqualTo(500);
        assertThat(remembering.send(families(600))).isInstanceOf(AdmissionAnswer.Stored.class);
        fold(consumer("any"));
        assertThat(total("series")).isEqualTo(600);
        Map<Double, Integer> values = new TreeMap<>();
        for (Sample sample : families(600)) {
            values.merge(value(sample), 1, Integer::sum);
        }
        assertThat(values).isEqualTo(Map.of(1.0, 100, 2.0, 500));

        assertThat(reset(extent)).isEqualTo(new RemovalOutcome.Done(600, 600));
    }

    /** A killed reset leaves its fence behind. */
    @Test
    void reset_goesOn_whenAnotherWasKilled() {
        pushAndFold(families(250));
        oneStep(Extent.KEEP);
        redis.command("HSET", TOTALS, "held", Long.toString(redis.nowMillis() + 4_000), "held_after", "0-0");

        assertThat(reset(Extent.KEEP)).isEqualTo(new RemovalOutcome.Done(150, 150));

        assertThat(sender().send(counter("orders_total", "", 1))).isInstanceOf(AdmissionAnswer.Stored.class);
    }

    @Test
    void family_mayHaveAnotherType_whenItsRegistryWasReset() {
        RememberingSender remembering = sender();
        remembering.send(counter("orders", "", 1));
        fold(consumer("any"));

        reset(Extent.KEEP);

        assertThat(sender().send(gauge("orders", "", 7))).isInstanceOf(AdmissionAnswer.Stored.class);
        // What the first process remembers would have let a counter in beside it.
        assertThat(remembering.send(counter("orders", "", 1))).isInstanceOf(AdmissionAnswer.FamiliesDiffer.class);
    }

    @Test
    void reset_isDone_whenRedisHasForgottenTheScriptOrIsFull() {
        pushAndFold(families(150));
        redis.command("SCRIPT", "FLUSH");
        oneStep(Extent.KEEP);
        redis.fill();

        assertThat(reset(Extent.KEEP)).isEqualTo(new RemovalOutcome.Done(50, 50));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sg:{0}:stream",
                "sg:{0}:t:acme:totals",
                "sg:{0}:t:acme:families",
                "sg:{0}:t:acme:f:family_0_total",
            })
    void reset_changesNothing_whenAKeyIsOfAnotherType(String key) {
        pushAndFold(families(3));
        redis.command("DEL", key);
        redis.command("SET", key, "unexpected");
        String before = redis.dump();

        if (key.endsWith(":families")) { // there is no script yet when the names are read
            assertThatThrownBy(() -> reset(Extent.PURGE)).hasMessageContaining("WRONGTYPE");
        } else {
            assertThat(reset(Extent.PURGE)).isInstanceOf(RemovalOutcome.Broken.class);
        }

        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({"backlog, x", "series, nan", "epoch, ''", "held, x", "accepted, x", "held_after, x"})
    void reset_changesNothing_whenACounterIsNoNumber(String field, String unexpected) {
        pushAndFold(families(3));
        redis.command("HSET", TOTALS, "held", Long.toString(redis.nowMillis() + 4_000), "held_after", "0-0");
        redis.command("HSET", TOTALS, field, unexpected);
        String before = redis.dump();

        assertThat(reset(Extent.KEEP)).isInstanceOf(RemovalOutcome.Broken.class);

        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void purge_leavesOnlyAFenceThatExpires() {
        pushAndFold(families(150));
        redis.command("XADD", KEYSPACE.tenantDeadLetters(ACME), "*", "id", "1-1");
        redis.command("HSET", KEYSPACE.tenantRejections(ACME), "type-conflict", "1");

        RemovalOutcome outcome = reset(Extent.PURGE);

        assertThat(outcome).isEqualTo(new RemovalOutcome.Done(150, 150));
        assertThat(redis.command("KEYS", "sg:{0}:t:acme:*")).asString().isEqualTo("[" + TOTALS + "]");
        assertThat(redis.command("HKEYS", TOTALS)).asString().isEqualTo("[held]");
        assertThat(redis.number("PTTL", TOTALS)).isBetween(25_000L, 30_000L);
        assertThat(sender().send(counter("orders_total", "", 1)))
                .isInstanceOfSatisfying(
                        AdmissionAnswer.Fenced.class,
                        fenced -> assertThat(fenced.retryAfter()).isGreaterThan(Duration.ofSeconds(25)));
        assertPartitionAddsUp();
    }

    /** If the expiry stayed, the counters would vanish while samples of the tenant are in the stream. */
    @Test
    void counters_stay_whenAPurgedTenantIsPushedToJustBeforeItsFenceExpires() {
        RememberingSender remembering = sender();
        remembering.send(families(2));
        fold(consumer("any"));
        reset(Extent.PURGE);
        redis.command("HSET", TOTALS, "held", Long.toString(redis.nowMillis() - 1));
        redis.command("PEXPIRE", TOTALS, "500");

        AdmissionAnswer answer = remembering.send(families(1));

        assertThat(answer).isInstanceOf(AdmissionAnswer.Stored.class);
        assertThat(redis.number("PTTL", TOTALS)).isEqualTo(-1);
        assertThat(total("accepted")).isEqualTo(1);
        assertThat(total("backlog")).isEqualTo(1);
        fold(consumer("any"));
        assertThat(value(families(1)[0])).isEqualTo(1);
    }

    /** A reset that was under way during the purge must not remove the fence. */
    @Test
    void reset_leavesTheFenceOfAPurge_whenItComesAfterIt() {
        pushAndFold(families(3));
        reset(Extent.PURGE);

        assertThat(reset(Extent.KEEP)).isEqualTo(new RemovalOutcome.Done(0, 0));

        assertThat(redis.number("PTTL", TOTALS)).isGreaterThan(25_000);
        assertThat(total("held")).isGreaterThan(redis.nowMillis() + 25_000);
    }

    /**
     * Each push has a series of its own and a shared series, through two processes that remember registrations. Samples
     * that were answered before the reset began are gone. Samples that were sent after it ended are counted once. Of
     * the samples in between, only the last are left.
     */
    @Test
    void everySample_isGoneOrCountedOnce_whenPushesAndFoldsGoOn() throws Exception {
        AtomicBoolean stopped = new AtomicBoolean();
        AtomicInteger phase = new AtomicInteger(); // 0 before the reset, 1 during, 2 after
        List<List<int[]>> sent = new ArrayList<>(); // by sender: phase when it was sent, and when it was answered
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                List<int[]> own = new ArrayList<>();
                sent.add(own);
                String process = "p" + i;
                RememberingSender sender = new RememberingSender(
                        redis.closedAfterwards(redis.topology(KEYSPACE).apart()), "acme");
                running.add(threads.submit(() -> push(sender, process, own, phase, stopped)));
            }
            for (int i = 0; i < 2; i++) {
                FoldConnection consumer = consumer("consumer" + i);
                running.add(threads.submit(() -> {
                    while (!stopped.get()) {
                        fold(consumer);
                    }
                }));
            }
            Await.until(DEADLINE, () -> total("folded") > 200);

            for (int round = 0; round < 3; round++) {
                phase.set(1);
                RemovalOutcome outcome = reset(Extent.KEEP);
                assertThat(outcome).isInstanceOf(RemovalOutcome.Done.class);
                if (round < 2) {
                    long accepted = total("accepted");
                    Await.until(DEADLINE, () -> total("accepted") > accepted + 50);
                }
            }
            phase.set(2);
            long accepted = total("accepted");
            Await.until(DEADLINE, () -> total("accepted") > accepted + 200);
            stopped.set(true);
            for (Future<?> each : running) {
                each.get(30, TimeUnit.SECONDS);
            }
        }
        fold(consumer("last"));

        int left = 0;
        for (int i = 0; i < 2; i++) {
            boolean isLeft = false;
            for (int j = 0; j < sent.get(i).size(); j++) {
                boolean exists = exists("p" + i, j);
                int[] phases = sent.get(i).get(j);
                if (phases[1] == 0) {
                    assertThat(exists).as("push answered before the reset").isFalse();
                }
                if (phases[0] == 2) {
                    assertThat(exists).as("push sent after the reset").isTrue();
                }
                assertThat(exists || !isLeft)
                        .as("a push is gone, and an earlier one is there")
                        .isTrue();
                isLeft = exists;
                left += exists ? 1 : 0;
            }
        }
        assertThat(value(counter("shared_total", "", 1))).isEqualTo(left);
        assertThat(total("series")).isEqualTo(left + 1);
        assertThat(total("backlog")).isZero();
        assertThat(total("accepted")).isEqualTo(total("folded"));
        assertPartitionAddsUp();
    }

    private static void push(
            RememberingSender sender, String process, List<int[]> sent, AtomicInteger phase, AtomicBoolean stopped) {
        while (!stopped.get()) {
            int before = phase.get();
            AdmissionAnswer answer = sender.send(
                    counter("own_total", "n=\"" + process + "-" + sent.size() + "\"", 1),
                    counter("shared_total", "", 1));
            if (answer instanceof AdmissionAnswer.Stored) {
                sent.add(new int[] {before, phase.get()});
            } else {
                assertThat(answer).isInstanceOfAny(AdmissionAnswer.Fenced.class, AdmissionAnswer.EpochChanged.class);
            }
        }
    }

    private boolean exists(String process, int number) {
        String labels = "n=\"" + process + "-" + number + "\"";
        if (redis.number("HEXISTS", KEYSPACE.family(ACME, "own_total"), labels) == 0) {
            return false;
        }
        assertThat(value(counter("own_total", labels, 1))).isEqualTo(1);
        return true;
    }
}
