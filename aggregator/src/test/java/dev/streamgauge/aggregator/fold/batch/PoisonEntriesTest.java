package dev.streamgauge.aggregator.fold.batch;

import static dev.streamgauge.aggregator.fold.Loops.DEADLINE;
import static dev.streamgauge.testkit.Samples.counter;
import static dev.streamgauge.testkit.Samples.histogram;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.streamgauge.aggregator.Tenant;
import dev.streamgauge.aggregator.fold.Loops;
import dev.streamgauge.aggregator.fold.Loops.Running;
import dev.streamgauge.core.aggregation.Histogram;
import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.SampleValue;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.deadletter.DeadLetter;
import dev.streamgauge.redis.deadletter.DeadLetterReader;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.testkit.LogRecorder;
import dev.streamgauge.testkit.ManualClock;
import io.vertx.redis.client.Command;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An entry that cannot be decoded or folded is tried by itself, five times; its neighbors are folded once. */
@Execution(ExecutionMode.CONCURRENT)
class PoisonEntriesTest {

    private static final Sample ONE = counter("orders_total", "", 1);
    private static final Sample BAD = counter("payments_total", "", 1);

    private final Loops loops = new Loops();
    private final Tenant tenant = loops.tenant("acme");

    @AfterEach
    void close() {
        loops.close();
    }

    private List<DeadLetter> deadLetters() {
        return new DeadLetterReader(loops.topology())
                .readNewest(tenant.id(), 100)
                .await()
                .indefinitely(); // the connection has a deadline
    }

    private void awaitTotals(String totals) {
        await().atMost(DEADLINE).untilAsserted(() -> assertThat(tenant.totals()).isEqualTo(totals));
    }

    private static void admit(Tenant tenant, byte[] entry) {
        tenant.admit(List.of(BAD), List.of(entry));
    }

    private static byte[] unknownType(byte[] entry) {
        byte[] name = "payments_total".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i + name.length < entry.length; i++) {
            if (Arrays.equals(entry, i, i + name.length, name, 0, name.length)) {
                byte[] changed = entry.clone();
                changed[i + name.length] = 'x';
                return changed;
            }
        }
        throw new IllegalArgumentException("no such family");
    }

    private static Sample otherLayout() {
        Family family =
                new Family("seconds", "", "", new Histogram(BucketLayout.of(5).orElseThrow()));
        return new Sample(0, family, ONE.labels(), new SampleValue.Observations(new double[] {1}), Sample.NO_TIMESTAMP);
    }

    private static void admitOtherLayout(Tenant tenant) {
        Sample seconds = histogram("seconds", "", 1);
        tenant.admit(List.of(seconds, seconds), List.of(tenant.entry(seconds), tenant.entry(otherLayout())));
    }

    static Stream<Arguments> poison() {
        String malformed = "malformed";
        String unfoldable = "unfoldable";
        return Stream.of(
                arguments(
                        "cut short",
                        (Consumer<Tenant>) tenant ->
                                admit(tenant, Arrays.copyOf(tenant.entry(BAD), tenant.entry(BAD).length - 1)),
                        malformed,
                        "cut short"),
                arguments(
                        "bytes after its end",
                        (Consumer<Tenant>) tenant ->
                                admit(tenant, Arrays.copyOf(tenant.entry(BAD), tenant.entry(BAD).length + 1)),
                        malformed,
                        "bytes after the last sample"),
                arguments(
                        "an unknown type",
                        (Consumer<Tenant>) tenant -> admit(tenant, unknownType(tenant.entry(BAD))),
                        malformed,
                        "unknown type"),
                arguments(
                        "a family's key of another type",
                        (Consumer<Tenant>) tenant -> {
                            tenant.admit(BAD);
                            String key = tenant.keyspace().family(tenant.id(), "payments_total");
                            tenant.send(Command.DEL, key);
                            tenant.send(Command.SET, key, "unexpected");
                        },
                        unfoldable,
                        "sg:{0}:t:acme:f:payments_total: WRONGTYPE Operation against a key holding the wrong kind of"
                                + " value"),
                arguments(
                        "another type stored",
                        (Consumer<Tenant>) tenant -> {
                            tenant.admit(BAD);
                            tenant.spoil("payments_total", "");
                        },
                        unfoldable,
                        "sg:{0}:t:acme:f:payments_total: value of another type or layout"),
                arguments(
                        "another layout stored",
                        (Consumer<Tenant>) PoisonEntriesTest::admitOtherLayout,
                        unfoldable,
                        "sg:{0}:t:acme:f:seconds: value of another type or layout"));
    }

    /** Polls from before the first try, to catch an entry that becomes a dead letter too early. */
    private void awaitDeadLetter(Running loop) {
        await().atMost(DEADLINE).pollInterval(Duration.ofMillis(5)).until(() -> {
            List<String> dead = tenant.deadLetters();
            double tries = loop.counter("fold.failed.batches");
            assertThat(dead.isEmpty() || tries == 5)
                    .as("dead-lettered after %s tries", tries)
                    .isTrue();
            return !dead.isEmpty();
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("poison")
    void entry_isDeadLetteredAfterFiveTries_andItsTenantIsTold(
            String name, Consumer<Tenant> poison, String reason, String message) {
        tenant.admit(ONE);
        poison.accept(tenant);
        tenant.admit(ONE);

        Running loop = loops.run("alive", Duration.ofMillis(200));

        awaitDeadLetter(loop);
        assertThat(tenant.deadLetters()).containsExactly(reason);
        assertThat(deadLetters()).singleElement().satisfies(deadLetter -> {
            assertThat(deadLetter.reason()).isEqualTo(reason);
            assertThat(deadLetter.message().replace("{1}", "{0}")).isEqualTo(message);
            assertThat(deadLetter.samples()).isEqualTo(1);
        });
        assertThat(tenant.totals()).contains(" dead 1 pending 0");
        assertThat(tenant.send(Command.HGETALL, tenant.keyspace().family(tenant.id(), "orders_total")))
                .hasSize(2);
        assertThat(tenant.pending()).isEmpty();
        assertThat(tenant.streamLength()).isZero();
        assertThat(orders()).isEqualTo(2);
    }

    /** The value of the good series, whatever the others hold. */
    private double orders() {
        tenant.send(Command.DEL, tenant.keyspace().family(tenant.id(), "payments_total"));
        return tenant.shown()
                .lines()
                .filter(line -> line.startsWith("orders_total{} "))
                .mapToDouble(line -> Double.parseDouble(line.substring("orders_total{} ".length())))
                .sum();
    }

    static Stream<Arguments> poisonWithoutTenant() {
        return Stream.of(
                arguments("header unreadable", "p", new byte[] {1, 0, 7}, "malformed"),
                arguments("version 0", "p", new byte[] {0, 7}, "malformed"),
                arguments("nothing in it", "p", new byte[0], "payload-missing"),
                arguments("no field p", "x", new byte[] {2, 7}, "payload-missing"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("poisonWithoutTenant")
    void entry_isDeadLetteredAfterFiveTries_whenItNamesNoTenant(
            String name, String field, byte[] value, String reason) {
        tenant.admit(ONE);
        tenant.append(field, value);
        tenant.admit(ONE);

        Running loop = loops.run("alive", Duration.ofMillis(200));

        awaitDeadLetter(loop);
        assertThat(tenant.deadLetters()).containsExactly(reason);
        assertThat(deadLetters()).isEmpty();
        assertThat(tenant.totals()).isEqualTo("accepted 2 folded 2 dead 0 pending 0");
        assertThat(tenant.shown()).isEqualTo("orders_total{} 2.0\n");
        assertThat(tenant.pending()).isEmpty();
    }

    private Tenant ofAnotherPartition() {
        return Stream.of("a", "b", "c", "d", "e")
                .map(loops::tenant)
                .filter(candidate -> candidate.partition() != tenant.partition())
                .findFirst()
                .orElseThrow();
    }

    /** Only something else than ingest appends such an entry, to change totals where no ingest process may write. */
    @Test
    void entry_isDeadLetteredAfterFiveTries_whenItsTenantIsOfAnotherPartition() {
        Tenant other = ofAnotherPartition();
        other.admit(ONE);
        tenant.admit(ONE);
        tenant.append("p", other.entry(ONE));

        Running loop = loops.run("alive", Duration.ofMillis(200));

        awaitDeadLetter(loop);
        assertThat(tenant.deadLetters()).containsExactly("malformed");
        awaitTotals("accepted 1 folded 1 dead 0 pending 0");
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(other.totals()).isEqualTo("accepted 1 folded 1 dead 0 pending 0"));
        assertThat(other.shown()).isEqualTo("orders_total{} 1.0\n");
    }

    @Test
    void entriesOfSeveralPartitions_haveTriesOfTheirOwn_whenTheirIdsAreEqual() {
        Tenant other = ofAnotherPartition();
        for (Tenant each : List.of(tenant, other)) {
            each.send(Command.XADD, each.keyspace().stream(each.partition()), "5-0", "p", "\1");
        }

        Running loop = loops.run("alive", Duration.ofMillis(200));

        await().atMost(DEADLINE).pollInterval(Duration.ofMillis(5)).until(() -> {
            int dead = tenant.deadLetters().size() + other.deadLetters().size();
            double tries = loop.counter("fold.failed.batches");
            assertThat(dead == 0 || tries >= 9)
                    .as("dead-lettered after %s tries", tries)
                    .isTrue();
            return dead == 2;
        });
    }

    @Test
    void entry_isKeptAndTriedOnceAMaintenance_whileItCannotBeDeadLettered() {
        String dead = loops.keyspace().deadLetters(tenant.partition());
        tenant.send(Command.SET, dead, "unexpected");
        tenant.append("p", new byte[] {1});
        ManualClock clock = ManualClock.at(Instant.EPOCH);
        try (LogRecorder log = LogRecorder.ofPackage(Loops.class)) {
            Running loop = loops.run("alive", Duration.ofSeconds(1), clock);
            await().atMost(DEADLINE).until(() -> {
                clock.advance(Duration.ofSeconds(1));
                return deadLetterAttempts(log, loop) > 0;
            });
            awaitPasses(clock);
            long attempts = deadLetterAttempts(log, loop);
            assertThat(loop.counter("fold.failed.batches")).isEqualTo(5);

            for (int maintenance = 1; maintenance <= 3; maintenance++) {
                clock.advance(Duration.ofSeconds(1));
                awaitPasses(clock);
                assertThat(deadLetterAttempts(log, loop)).isEqualTo(attempts + maintenance);
            }

            tenant.admit(ONE);
            awaitTotals("accepted 1 folded 1 dead 0 pending 0");
            assertThat(tenant.pending()).hasSize(1);
            tenant.send(Command.DEL, dead);
            clock.advance(Duration.ofSeconds(1));
            await().atMost(DEADLINE).until(() -> tenant.pending().isEmpty());
            assertThat(tenant.deadLetters()).containsExactly("malformed");
            assertThat(loop.counter("fold.failed.batches")).isEqualTo(5); // and not five tries again
        }
    }

    /** Waits until the loop went round twice more, so that a whole round began after this call. */
    private static void awaitPasses(ManualClock clock) {
        long reads = clock.reads();
        // A round without folds reads the clock once, and once more when maintenance is due.
        await().atMost(DEADLINE).until(() -> clock.reads() >= reads + 4);
    }

    private static long deadLetterAttempts(LogRecorder log, Running loop) {
        return log.messages(LogRecorder.by(loop.thread())).stream()
                .filter(message -> message.startsWith("dead-letter "))
                .count();
    }

    @Test
    void entry_isFoldedAfterAll_whenTheUnexpectedDataIsRemovedBeforeItCanBeDeadLettered() {
        String dead = loops.keyspace().deadLetters(tenant.partition());
        tenant.send(Command.SET, dead, "unexpected");
        tenant.spoil("payments_total", "");
        tenant.admit(BAD, ONE);
        Running loop = loops.run("alive", Duration.ofMillis(200));
        await().atMost(DEADLINE).until(() -> loop.counter("fold.failed.batches") == 5);

        tenant.remove("payments_total", "");

        awaitTotals("accepted 2 folded 2 dead 0 pending 0");
        assertThat(tenant.shown()).isEqualTo("orders_total{} 1.0\npayments_total{} 1.0\n");
    }

    @Test
    void everyEntry_isDeadLetteredOnce_whenItIsTakenOverWhileItIsTried() {
        for (String consumer : List.of("first", "second", "third")) {
            loops.run(consumer, Duration.ofMillis(1_200));
        }
        byte[] cutShort = Arrays.copyOf(tenant.entry(BAD), tenant.entry(BAD).length - 1);
        List<Sample> samples = Collections.nCopies(20, BAD);
        List<byte[]> entries = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            entries.add(cutShort);
            entries.add(tenant.entry(BAD));
        }

        tenant.admit(samples, entries);
        try (FoldConnection thief = FoldConnection.open(loops.topology().node(), "thief")) {
            for (int theft = 0; theft < 2; theft++) {
                await().atMost(DEADLINE)
                        .pollInterval(Duration.ofMillis(600)) // a try or two
                        .until(() ->
                                thief.claim(tenant.partition(), Duration.ZERO).claimed() == 10);
            }
        }

        awaitTotals("accepted 20 folded 10 dead 10 pending 0");
        assertThat(tenant.deadLetters()).hasSize(10);
        assertThat(deadLetters())
                .extracting(DeadLetter::entry)
                .doesNotHaveDuplicates()
                .hasSize(10);
        assertThat(tenant.shown()).isEqualTo("payments_total{} 10.0\n");
        await().atMost(DEADLINE).until(() -> tenant.pending().isEmpty());
        assertThat(tenant.streamLength()).isZero();
    }
}
