package dev.streamgauge.redis.sweep;

import static dev.streamgauge.testkit.Samples.counter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.admission.AdmissionAnswer;
import dev.streamgauge.redis.admission.AdmissionScript;
import dev.streamgauge.redis.deadletter.DeadLetterReason;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.fold.Partition;
import dev.streamgauge.redis.removal.RememberingSender;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a tenant whose last series expired. */
class EmptiedTenantTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final String TOTALS = KEYSPACE.tenantTotals(ACME);
    private static final String DEAD = KEYSPACE.tenantDeadLetters(ACME);
    private static final String REJECTIONS = KEYSPACE.tenantRejections(ACME);
    private static final String SWEEPS = KEYSPACE.sweeps(0);
    private static final String SIZES = KEYSPACE.sizes(0);
    private static final Duration PAUSE = Duration.ofSeconds(7);
    private static final Sample ORDER = counter("orders_total", "", 1);
    private static final int EXPIRY = 60;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private void makeTenantWithoutSeries() {
        redis.command("HSET", TOTALS, "epoch", "5", "accepted", "3", "folded", "2", "dead", "1", "backlog", "0");
        redis.command("XADD", DEAD, "*", "id", "1-0");
        redis.command("HSET", REJECTIONS, "counter-negative", "1");
        redis.command("ZADD", SWEEPS, "1", "acme");
        redis.command("ZADD", SIZES, "70000", "acme");
    }

    private void endSweep(SeriesSweep.Emptied emptied) {
        new SeriesSweep(redis.topology(KEYSPACE), emptied).end(ACME, PAUSE, PAUSE, Optional.empty());
    }

    @Test
    void tenant_keepsItsCounters_whereTenantsAreNotMadeUp() {
        makeTenantWithoutSeries();

        endSweep(SeriesSweep.Emptied.KEEP);

        assertThat(redis.number("EXISTS", TOTALS, DEAD, REJECTIONS)).isEqualTo(3);
        assertThat(redis.number("EXISTS", SWEEPS, SIZES)).isZero();
        assertThat(redis.number("PTTL", DEAD)).isEqualTo(-1);
        assertThat(redis.number("PTTL", REJECTIONS)).isEqualTo(-1);
    }

    @Test
    void tenant_leavesWhatItCanReadForADay() {
        makeTenantWithoutSeries();

        endSweep(SeriesSweep.Emptied.REMOVE);

        long day = Duration.ofDays(1).toMillis();
        assertThat(redis.number("EXISTS", TOTALS, SWEEPS, SIZES)).isZero();
        assertThat(redis.number("PTTL", DEAD)).isBetween(day - 60_000, day);
        assertThat(redis.number("PTTL", REJECTIONS)).isBetween(day - 60_000, day);
    }

    @ParameterizedTest
    @CsvSource({
        "pushed, -590000, 10", // an idempotency record may be left
        "registered, -590000, 10",
        "tat, 30000, 30",
        "request_tat, 30000, 30",
        "held, 30000, 30",
        "pushed, 99999999, 600" // the clock stepped back
    })
    void tenant_isSweptAgain_whenItsTotalsAreNeeded(String field, long fromNowMillis, long dueSeconds) {
        makeTenantWithoutSeries();
        redis.command("HSET", TOTALS, field, Long.toString(redis.nowMillis() + fromNowMillis));

        endSweep(SeriesSweep.Emptied.REMOVE);

        assertThat(total("accepted")).isEqualTo(3);
        assertThat(dueInSeconds()).isBetween(dueSeconds - 5, dueSeconds + 1);
        assertThat(redis.number("PTTL", DEAD)).isEqualTo(-1);
    }

    @Test
    void tenant_isSweptAgain_whenAnEntryWaits() {
        makeTenantWithoutSeries();
        redis.command("HSET", TOTALS, "backlog", "1");

        endSweep(SeriesSweep.Emptied.REMOVE);

        assertThat(total("accepted")).isEqualTo(3);
        assertThat(dueInSeconds()).isBetween(0L, PAUSE.toSeconds() + 1);
    }

    /** The totals count the bytes of records, and would begin at 0 again. */
    @Test
    void tenant_isNotIdle_whileAnIdempotencyRecordMayBeLeft() {
        assertThat(SeriesSweep.IDLE).isGreaterThanOrEqualTo(AdmissionScript.IDEMPOTENCY_WINDOW);
    }

    /** An ingest process remembers the family and the series of before. */
    @Test
    void tenant_isCountedFromZero_whenItComesBack() {
        Partition partition = new Partition(redis);
        FoldConnection consumer = partition.consumer("worker");
        RememberingSender sender = new RememberingSender(redis.topology(KEYSPACE), "acme");
        sender.send(ORDER);
        Partition.fold(consumer, Partition.readNew(consumer));
        long epoch = partition.count("acme", "epoch");
        expireAllSeries();
        redis.command("HSET", TOTALS, "pushed", "1");
        endSweep(SeriesSweep.Emptied.REMOVE);
        long left = redis.number("EXISTS", TOTALS);

        AdmissionAnswer answer = sender.send(ORDER);
        Partition.fold(consumer, Partition.readNew(consumer));

        assertThat(left).isZero();
        assertThat(answer).isInstanceOf(AdmissionAnswer.Stored.class);
        assertThat(partition.count("acme", "epoch")).isGreaterThan(epoch);
        assertThat(partition.count("acme", "series")).isEqualTo(1);
        assertThat(partition.count("acme", "folded")).isEqualTo(1);
        assertThat(redis.number("HLEN", KEYSPACE.families(ACME))).isEqualTo(1);
        assertThat(redis.number("ZCARD", SWEEPS)).isEqualTo(1);
    }

    private void expireAllSeries() {
        byte[] value =
                redis.field(Partition.keyOf("acme", ORDER), ORDER.labels().bytes());
        System.arraycopy(new byte[] {0, 0, 0, 1}, 0, value, 9, 4); // last folded in 1970
        redis.setField(Partition.keyOf("acme", ORDER), ORDER.labels().bytes(), value);
        SweptPage swept = new SeriesSweep(redis.topology(KEYSPACE), SeriesSweep.Emptied.REMOVE)
                .sweep(ACME, ORDER.family(), EXPIRY, SeriesSweep.FIRST);
        assertThat(swept.families()).isEqualTo(1);
    }

    @Test
    void newDeadLetters_areKept_whenARemovedTenantComesBack() {
        makeTenantWithoutSeries();
        endSweep(SeriesSweep.Emptied.REMOVE);
        Partition partition = new Partition(redis);
        FoldConnection consumer = partition.consumer("worker");
        partition.admit("acme", ORDER);

        consumer.deadLetter(
                0,
                Partition.readNew(consumer).getFirst(),
                new DeadLetterReason(DeadLetterReason.MALFORMED, "cut short"));

        assertThat(redis.number("XLEN", DEAD)).isEqualTo(2);
        assertThat(redis.number("PTTL", DEAD)).isEqualTo(-1);
    }

    private long total(String field) {
        return Long.parseLong(String.valueOf(redis.command("HGET", TOTALS, field)));
    }

    private long dueInSeconds() {
        return Long.parseLong(String.valueOf(redis.command("ZSCORE", SWEEPS, "acme"))) - redis.nowMillis() / 1_000;
    }
}
