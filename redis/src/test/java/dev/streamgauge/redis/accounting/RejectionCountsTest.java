package dev.streamgauge.redis.accounting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.accounting.RejectionCounts.Flushed;
import dev.streamgauge.redis.accounting.RejectionCounts.Rejected;
import dev.streamgauge.testkit.TestLimits;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RejectionCountsTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final TenantId OTHER = new TenantId("other");
    private static final String FIRST = "first";
    private static final long DAY_SECONDS = 86_400;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private Map<TenantId, String> add(String process, long flush, Map<TenantId, Map<Reason, Long>> samples) {
        Map<TenantId, Rejected> rejected = new HashMap<>();
        samples.forEach((tenant, each) -> rejected.put(tenant, new Rejected(each, 0, TestLimits.UNLIMITED)));
        return flush(process, flush, rejected).uncounted();
    }

    private Flushed flush(String process, long flush, Map<TenantId, Rejected> rejected) {
        return new RejectionCounts(redis.topology(KEYSPACE), RejectionCounts.STRANGER_WINDOW, process)
                .add(0, flush, rejected)
                .await()
                .indefinitely(); // the connection has a deadline
    }

    /** A rate of 10 units a second with a burst of 100. */
    private static Rejected charged(long units) {
        TenantLimits limits =
                TenantLimits.DEFAULTS.with(Map.of(Limit.INGESTION_RATE, 10.0, Limit.INGESTION_BURST_SIZE, 100.0));
        return new Rejected(Map.of(), units, limits);
    }

    @Test
    void tenantWithoutSamples_leavesNothing_whenNothingOfStrangersIsKept() {
        RejectionCounts counts = new RejectionCounts(redis.topology(KEYSPACE), Duration.ZERO, FIRST);
        acceptSomethingOf(ACME);
        Map<Reason, Long> samples = Map.of(Reason.COUNTER_NEGATIVE, 2L);

        counts.add(
                        0,
                        1,
                        Map.of(
                                ACME, new Rejected(samples, 0, TestLimits.UNLIMITED),
                                OTHER, new Rejected(samples, 5, TestLimits.UNLIMITED)))
                .await()
                .indefinitely();

        assertThat(redis.command("HGETALL", KEYSPACE.tenantRejections(ACME)))
                .isEqualTo(List.of("counter-negative", "2"));
        assertThat(redis.command("EXISTS", KEYSPACE.tenantRejections(OTHER))).isEqualTo(0L);
        assertThat(redis.command("EXISTS", KEYSPACE.tenantTotals(OTHER))).isEqualTo(0L);
    }

    @Test
    void tenant_isInDebt_onceItsBurstIsUsedUp() {
        acceptSomethingOf(ACME);

        Flushed first = flush(FIRST, 1, Map.of(ACME, charged(90)));
        Flushed second = flush(FIRST, 2, Map.of(ACME, charged(110)));

        assertThat(first.debts()).isEmpty();
        assertThat(second.debts().get(ACME)).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(10));
    }

    @Test
    void debt_isAMinuteAtMost() {
        acceptSomethingOf(ACME);

        Flushed flushed = flush(FIRST, 1, Map.of(ACME, charged(1_000_000)));
        Flushed again = flush(FIRST, 2, Map.of(ACME, charged(1_000_000)));

        assertThat(flushed.debts()).isEqualTo(Map.of(ACME, Duration.ofMinutes(1)));
        assertThat(again.debts()).isEqualTo(Map.of(ACME, Duration.ofMinutes(1)));
    }

    @Test
    void tenantWithoutSamples_isNotCharged() {
        Flushed flushed = flush(FIRST, 1, Map.of(ACME, charged(1_000)));

        assertThat(flushed.debts()).isEmpty();
        assertThat(redis.number("EXISTS", KEYSPACE.tenantTotals(ACME))).isZero();
    }

    @Test
    void charge_countsOnce_whenAFlushIsSentAgain() {
        acceptSomethingOf(ACME);
        flush(FIRST, 1, Map.of(ACME, charged(90)));
        String before = redis.dump();

        flush(FIRST, 1, Map.of(ACME, charged(90)));

        assertThat(redis.dump()).isEqualTo(before);
    }

    private static Map<TenantId, Map<Reason, Long>> negative(long samples) {
        return Map.of(ACME, Map.of(Reason.COUNTER_NEGATIVE, samples));
    }

    private String counted(TenantId tenant, Reason reason) {
        return String.valueOf(redis.command("HGET", KEYSPACE.tenantRejections(tenant), reason.id()));
    }

    private long secondsLeft(TenantId tenant) {
        return redis.number("TTL", KEYSPACE.tenantRejections(tenant));
    }

    private void acceptSomethingOf(TenantId tenant) {
        redis.command("HSET", KEYSPACE.tenantTotals(tenant), "accepted", "1");
    }

    @Test
    void add_sumsUpByTenantAndReason_overProcesses() {
        add(FIRST, 1, negative(2));
        add("second", 1, negative(3));
        add(FIRST, 2, Map.of(ACME, Map.of(Reason.COUNTER_NEGATIVE, 1L, Reason.TYPE_CONFLICT, 7L)));
        add(FIRST, 3, Map.of(OTHER, Map.of(Reason.COUNTER_NEGATIVE, 5L), ACME, Map.of(Reason.TYPE_CONFLICT, 1L)));

        assertThat(counted(ACME, Reason.COUNTER_NEGATIVE)).isEqualTo("6");
        assertThat(counted(ACME, Reason.TYPE_CONFLICT)).isEqualTo("8");
        assertThat(counted(OTHER, Reason.COUNTER_NEGATIVE)).isEqualTo("5");
    }

    @Test
    void add_countsOnce_whenAFlushIsSentAgain() {
        add(FIRST, 1, negative(2));
        add(FIRST, 2, negative(4));
        String before = redis.dump();

        add(FIRST, 2, negative(4));
        add(FIRST, 1, negative(2));

        assertThat(redis.dump()).isEqualTo(before);
        assertThat(counted(ACME, Reason.COUNTER_NEGATIVE)).isEqualTo("6");
    }

    @Test
    void add_works_whenRedisForgotTheScript() {
        add(FIRST, 1, negative(2));
        redis.command("SCRIPT", "FLUSH");

        add(FIRST, 2, negative(4));

        assertThat(counted(ACME, Reason.COUNTER_NEGATIVE)).isEqualTo("6");
    }

    @Test
    void counts_expireAfterADay_whenNothingOfTheTenantWasEverAccepted() {
        add(FIRST, 1, negative(2));

        assertThat(secondsLeft(ACME)).isBetween(DAY_SECONDS - 60, DAY_SECONDS);
    }

    @Test
    void counts_stay_onceSomethingOfTheTenantWasAccepted() {
        add(FIRST, 1, negative(2));
        acceptSomethingOf(ACME);

        add(FIRST, 2, negative(2));

        assertThat(secondsLeft(ACME)).isEqualTo(-1);
        assertThat(counted(ACME, Reason.COUNTER_NEGATIVE)).isEqualTo("4");
    }

    @Test
    void counts_expire_whenTheTenantsTotalsHoldNoSamples() {
        redis.command("HSET", KEYSPACE.tenantTotals(ACME), "held", "1");

        add(FIRST, 1, negative(2));

        assertThat(secondsLeft(ACME)).isBetween(DAY_SECONDS - 60, DAY_SECONDS);
    }

    @Test
    void flush_isForgotten_afterAnHour() {
        add(FIRST, 1, negative(2));

        assertThat(redis.number("TTL", KEYSPACE.rejectionFlush(0, FIRST))).isBetween(3_540L, 3_600L);
    }

    @Test
    void add_countsTheOthers_whenATenantsKeyIsOfAnotherType() {
        redis.command("SET", KEYSPACE.tenantRejections(ACME), "unexpected");

        Map<TenantId, String> uncounted = add(
                FIRST,
                1,
                Map.of(ACME, Map.of(Reason.COUNTER_NEGATIVE, 1L), OTHER, Map.of(Reason.COUNTER_NEGATIVE, 2L)));

        assertThat(uncounted)
                .isEqualTo(Map.of(
                        ACME,
                        "sg:{0}:t:acme:refused: WRONGTYPE Operation against a key holding the wrong kind of value"));
        assertThat(counted(OTHER, Reason.COUNTER_NEGATIVE)).isEqualTo("2");
        assertThat(redis.command("GET", KEYSPACE.tenantRejections(ACME))).isEqualTo("unexpected");
    }

    @Test
    void add_countsNothingOfATenant_whenItsTotalsOrACountHoldUnexpectedData() {
        redis.command("HSET", KEYSPACE.tenantRejections(ACME), "counter-negative", "many");
        redis.command("SET", KEYSPACE.tenantTotals(OTHER), "unexpected");

        Map<TenantId, String> uncounted = add(
                FIRST, 1, Map.of(ACME, Map.of(Reason.COUNTER_NEGATIVE, 1L), OTHER, Map.of(Reason.TYPE_CONFLICT, 2L)));

        assertThat(uncounted.get(ACME)).isEqualTo("sg:{0}:t:acme:refused: field counter-negative is no number");
        assertThat(uncounted.get(OTHER)).startsWith("sg:{0}:t:other:totals: WRONGTYPE");
        assertThat(counted(OTHER, Reason.TYPE_CONFLICT)).isEqualTo("null");
    }

    @Test
    void add_changesNothing_whenTheFlushsKeyIsOfAnotherType() {
        redis.command("RPUSH", KEYSPACE.rejectionFlush(0, FIRST), "unexpected");
        String before = redis.dump();

        Map<TenantId, String> uncounted = add(FIRST, 1, negative(2));

        assertThat(uncounted.get(ACME)).startsWith("sg:{0}:flush:first: WRONGTYPE");
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void count_staysAtItsGreatest_whenItIsFull() {
        redis.command("HSET", KEYSPACE.tenantRejections(ACME), "counter-negative", "9007199254740991");

        add(FIRST, 1, negative(5));

        assertThat(counted(ACME, Reason.COUNTER_NEGATIVE)).isEqualTo("9007199254740992");
    }

    @Test
    void add_failsAndChangesNothing_whenRedisIsFull() {
        redis.command("CONFIG", "SET", "maxmemory", "1");
        try {
            assertThatThrownBy(() -> add(FIRST, 1, negative(2)))
                    .isInstanceOfSatisfying(
                            RedisFailure.class,
                            failure -> assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.FULL));
        } finally {
            redis.command("CONFIG", "SET", "maxmemory", "0");
        }
        assertThat(redis.number("DBSIZE")).isZero();
    }
}
