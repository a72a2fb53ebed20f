package dev.streamgauge.redis.deadletter;

import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.fold.Partition;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An entry moves to the dead letters once, with its counters, or nothing changes. */
class DeadLetterEntryTest {

    private static final Sample ONE = counter("orders_total", "", 1);
    private static final int KEPT = 1_000;
    private static final DeadLetterReason MALFORMED = new DeadLetterReason(DeadLetterReason.MALFORMED, "cut short");
    private static final String ACME_DEAD = "sg:{0}:t:acme:dead";

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private final Partition partition = new Partition(redis);

    private ReadEntry read(FoldConnection consumer) {
        partition.admit("acme", ONE, ONE, ONE);
        return Partition.readNew(consumer).getFirst();
    }

    @Test
    void deadLetter_movesEntryAndCounters_whenPending() {
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", ONE);
        ReadEntry other = Partition.readNew(consumer).getFirst();
        ReadEntry entry = read(consumer);

        DeadLetterResult result = consumer.deadLetter(0, entry, MALFORMED);

        assertThat(result).isEqualTo(new DeadLetterResult.DeadLettered());
        assertThat(List.of(partition.count("accepted"), partition.count("dead"), partition.count("pending")))
                .containsExactly(4L, 3L, 1L);
        assertThat(partition.count("buried")).isEqualTo(1);
        assertThat(List.of(
                        partition.count("acme", "dead"),
                        partition.count("acme", "pending"),
                        partition.count("acme", "backlog")))
                .containsExactly(3L, 1L, 1L);
        assertThat(Partition.readOwn(consumer)).extracting(ReadEntry::id).containsExactly(other.id());
        assertThat(partition.entries()).isEqualTo(1);
    }

    @Test
    void deadLetter_keepsWhatIsKnown_whenTheEntryNamesNoTenant() {
        FoldConnection consumer = partition.consumer("worker");
        consumer.createGroups();
        redis.append(Partition.STREAM, "5-0", new byte[] {1, 0, -1});
        ReadEntry entry = Partition.readNew(consumer).getFirst();

        consumer.deadLetter(0, entry, MALFORMED);

        assertThat(redis.dump().replaceAll("\\d{13}-\\d+", "(id)")).isEqualTo("""
                        sg:{0}:dead stream last=(id)
                          (id) id=5-0 reason=malformed message=cut short p=\\x01\\x00\\xff
                        sg:{0}:stream stream last=5-0
                          group aggregators last=5-0
                        sg:{0}:totals hash
                          buried=1
                          dead=0
                          pending=0
                        """);
    }

    @Test
    void deadLetter_isStaleAndChangesNothing_whenSentAgain() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        consumer.deadLetter(0, entry, MALFORMED);
        String once = redis.dump();

        DeadLetterResult again = consumer.deadLetter(0, entry, MALFORMED);

        assertThat(again).isEqualTo(new DeadLetterResult.Stale());
        assertThat(redis.dump()).isEqualTo(once);
    }

    @Test
    void deadLetter_isStaleAndChangesNothing_whenAnotherHoldsTheEntry() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        partition.giveTo("other", entry);
        String before = redis.dump();

        DeadLetterResult result = consumer.deadLetter(0, entry, MALFORMED);

        assertThat(result).isEqualTo(new DeadLetterResult.Stale());
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void deadLetter_isStaleAndChangesNothing_whenTheEntryWasFolded() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        Partition.fold(consumer, entry);
        String before = redis.dump();

        DeadLetterResult result = consumer.deadLetter(0, entry, MALFORMED);

        assertThat(result).isEqualTo(new DeadLetterResult.Stale());
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void deadLetter_countsALoss_whenTheEntryWasDeletedFromOutside() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("XDEL", Partition.STREAM, entry.id().toString());

        DeadLetterResult result = consumer.deadLetter(0, new ReadEntry(entry.id(), Optional.empty()), MALFORMED);

        assertThat(result).isEqualTo(new DeadLetterResult.Lost());
        assertThat(partition.count("lost")).isEqualTo(1);
        assertThat(partition.count("buried")).isZero();
        assertThat(partition.pending()).isZero();
        assertThat(redis.number("EXISTS", Partition.DEAD)).isZero();
    }

    @Test
    void deadLetter_changesNothing_whenTheGroupIsGone() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("DEL", Partition.STREAM);
        String before = redis.dump();

        DeadLetterResult result = consumer.deadLetter(0, entry, MALFORMED);

        assertThat(result).isInstanceOf(DeadLetterResult.Broken.class);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sg:{0}:stream", "sg:{0}:totals", "sg:{0}:dead", "sg:{0}:t:acme:totals", ACME_DEAD})
    void deadLetter_changesNothing_whenAKeyIsOfAnotherType(String key) {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("DEL", key);
        redis.command("RPUSH", key, "unexpected");
        String before = redis.dump();

        DeadLetterResult result = consumer.deadLetter(0, entry, MALFORMED);

        assertThat(result)
                .isInstanceOfSatisfying(
                        DeadLetterResult.Broken.class,
                        broken -> assertThat(broken.message()).startsWith(key + ": WRONGTYPE"));
        assertThat(redis.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        "sg:{0}:totals, dead",
        "sg:{0}:totals, pending",
        "sg:{0}:totals, buried",
        "sg:{0}:t:acme:totals, dead",
        "sg:{0}:t:acme:totals, pending",
        "sg:{0}:t:acme:totals, backlog"
    })
    void deadLetter_changesNothing_whenACounterIsNoNumber(String key, String field) {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("HSET", key, field, "unexpected");
        String before = redis.dump();

        DeadLetterResult result = consumer.deadLetter(0, entry, MALFORMED);

        assertThat(result).isInstanceOf(DeadLetterResult.Broken.class);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void deadLetter_changesNothing_whenTheCounterOfLossesIsNoNumber() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("XDEL", Partition.STREAM, entry.id().toString());
        redis.command("HSET", Partition.TOTALS, "lost", "unexpected");
        String before = redis.dump();

        DeadLetterResult result = consumer.deadLetter(0, entry, MALFORMED);

        assertThat(result).isInstanceOf(DeadLetterResult.Broken.class);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void deadLetter_works_whenRedisIsFullAndHasForgottenTheScript() {
        FoldConnection consumer = partition.consumer("worker");
        ReadEntry entry = read(consumer);
        redis.command("SCRIPT", "FLUSH");
        redis.fill();

        DeadLetterResult result = consumer.deadLetter(0, entry, MALFORMED);

        assertThat(result).isEqualTo(new DeadLetterResult.DeadLettered());
        assertThat(redis.number("XLEN", Partition.DEAD)).isEqualTo(1);
        assertThat(partition.entries()).isZero();
    }

    @Test
    void deadLetters_areBounded() {
        FoldConnection consumer = partition.consumer("worker");
        redis.command("EVAL", "for i = 1, 2000 do redis.call('XADD', KEYS[1], '*', 'id', i) end", "1", Partition.DEAD);
        ReadEntry entry = read(consumer);

        consumer.deadLetter(0, entry, MALFORMED);

        // Redis trims whole nodes, of 100 entries.
        assertThat(redis.number("XLEN", Partition.DEAD)).isBetween((long) KEPT, KEPT + 100L);
    }

    @Test
    void deadLetter_movesOnlyThatEntry_whenSeveralArePending() {
        FoldConnection consumer = partition.consumer("worker");
        for (int i = 1; i <= 3; i++) {
            partition.append(new EntryId(i, 0), "acme", ONE);
        }
        List<ReadEntry> read = Partition.readNew(consumer);

        consumer.deadLetter(0, read.get(1), MALFORMED);

        FoldAnswer answer = Partition.fold(consumer, read.get(0), read.get(2));
        assertThat(answer).isEqualTo(new FoldAnswer.Folded(0));
        assertThat(partition.entries()).isZero();
    }

    @Test
    void deadLetter_writesTheTenantsDeadLetterWithoutPayload_whenTheEntryNamesItsTenant() {
        FoldConnection consumer = partition.consumer("worker");
        partition.append(new EntryId(5, 0), "acme", ONE, counter("payments_total", "", 1), ONE);
        ReadEntry entry = Partition.readNew(consumer).getFirst();

        consumer.deadLetter(
                0, entry, new DeadLetterReason(DeadLetterReason.UNFOLDABLE, "value of another type or layout"));

        assertThat(redis.dump().replaceAll("\\d{13}-\\d+", "(id)").replaceAll("p=.*", "p=…"))
                .isEqualTo("""
                        sg:{0}:dead stream last=(id)
                          (id) id=5-0 reason=unfoldable message=value of another type or layout tenant=acme samples=3 p=…
                        sg:{0}:stream stream last=5-0
                          group aggregators last=5-0
                        sg:{0}:t:acme:dead stream last=(id)
                          (id) id=5-0 reason=unfoldable message=value of another type or layout samples=3 metrics=orders_total,payments_total
                        sg:{0}:t:acme:totals hash
                          backlog=-1
                          backlog_bytes=0
                          dead=3
                          pending=-3
                        sg:{0}:totals hash
                          buried=1
                          dead=3
                          pending=-3
                        """);
    }

    @Test
    void deadLettersOfATenant_areTheLastHundred() {
        FoldConnection consumer = partition.consumer("worker");
        for (int i = 1; i <= 103; i++) {
            partition.append(new EntryId(i, 0), "acme", ONE);
        }

        Partition.readNew(consumer).forEach(entry -> consumer.deadLetter(0, entry, MALFORMED));

        assertThat(redis.number("XLEN", ACME_DEAD)).isEqualTo(100);
        assertThat(String.valueOf(redis.command("XRANGE", ACME_DEAD, "-", "+", "COUNT", "1")))
                .contains("id, 4-0, ");
        assertThat(redis.number("XLEN", Partition.DEAD)).isEqualTo(103);
    }

    @Test
    void deadLetter_boundsMessageAndNames() {
        FoldConnection consumer = partition.consumer("worker");
        Sample[] samples = new Sample[30];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = counter("m" + i + "_".repeat(300), "", 1);
        }
        partition.append(new EntryId(5, 0), "acme", samples);
        partition.append(new EntryId(6, 0), "acme", Arrays.copyOf(shortNames(), 21));

        Partition.readNew(consumer)
                .forEach(entry -> consumer.deadLetter(
                        0, entry, new DeadLetterReason(DeadLetterReason.UNFOLDABLE, "x".repeat(1_000))));

        List<String> longNames = tenantLetter(0);
        List<String> shortNames = tenantLetter(1);
        assertThat(longNames.get(5)).isEqualTo("x".repeat(300));
        assertThat(longNames.get(9).split(",")).hasSize(13).startsWith("m0" + "_".repeat(300));
        assertThat(shortNames.get(9)).startsWith("m0,m1,").endsWith(",m19");
    }

    private static Sample[] shortNames() {
        Sample[] samples = new Sample[21];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = counter("m" + i, "", 1);
        }
        return samples;
    }

    /** Names and values of a dead letter of the tenant, in turn. */
    private List<String> tenantLetter(int place) {
        List<?> rows = (List<?>) Objects.requireNonNull(redis.command("XRANGE", ACME_DEAD, "-", "+"));
        return ((List<?>) ((List<?>) rows.get(place)).get(1))
                .stream().map(String::valueOf).toList();
    }

    @Test
    void deadLetter_keepsTheFirstValue_whenTheEntryHasNoPayload() {
        FoldConnection consumer = partition.consumer("worker");
        redis.command("XADD", Partition.STREAM, "5-0", "x", "first", "y", "second");
        ReadEntry entry = Partition.readNew(consumer).getFirst();

        DeadLetterResult result =
                consumer.deadLetter(0, entry, new DeadLetterReason(DeadLetterReason.PAYLOAD_MISSING, "no field p"));

        assertThat(result).isEqualTo(new DeadLetterResult.DeadLettered());
        assertThat(entry.payload()).hasValue(new byte[0]);
        assertThat(redis.dump()).contains("id=5-0 reason=payload-missing message=no field p p=first\n");
    }

    @Test
    void deadLetter_keepsThePayload_whereverItStands() {
        FoldConnection consumer = partition.consumer("worker");
        redis.command("XADD", Partition.STREAM, "5-0", "x", "first", "p", "second");
        ReadEntry entry = Partition.readNew(consumer).getFirst();

        consumer.deadLetter(0, entry, MALFORMED);

        assertThat(entry.payload()).hasValue("second".getBytes(StandardCharsets.US_ASCII));
        assertThat(redis.dump()).contains(" p=second\n");
    }

    @Test
    void deadLetter_touchesNoTenant_whenTheEntryNamesOneOfAnotherPartition() {
        Keyspace two = new Keyspace(2);
        FoldConnection consumer =
                redis.closedAfterwards(FoldConnection.open(redis.topology(two).node(), "worker"));
        consumer.createGroups();
        TenantId acme = new TenantId("acme");
        int other = 1 - two.partitionOf(acme);
        redis.append(
                two.stream(other), "5-0", EntryWriter.encode(acme, List.of(ONE)).getFirst());
        ReadEntry entry = consumer.readNew(10).get(other).getFirst();

        DeadLetterResult result = consumer.deadLetter(other, entry, MALFORMED);

        assertThat(result).isEqualTo(new DeadLetterResult.DeadLettered());
        assertThat(redis.dump()).doesNotContain(":t:acme:");
    }
}
