package dev.streamgauge.redis.rejection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
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

    private Map<TenantId, String> add(String process, long flush, Map<TenantId, Map<Reason, Long>> rejected) {
        return new RejectionCounts(redis.connections(), KEYSPACE, process)
                .add(0, flush, rejected)
                .await()
                .indefinitely(); // the connection has a deadline
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
    void add_countsTheOthers_whenATenantsKeyIsUnexpected() {
        redis.command("SET", KEYSPACE.tenantRejections(ACME), "foreign");

        Map<TenantId, String> uncounted = add(
                FIRST,
                1,
                Map.of(ACME, Map.of(Reason.COUNTER_NEGATIVE, 1L), OTHER, Map.of(Reason.COUNTER_NEGATIVE, 2L)));

        assertThat(uncounted)
                .isEqualTo(Map.of(
                        ACME,
                        "sg:{0}:t:acme:refused: WRONGTYPE Operation against a key holding the wrong kind of value"));
        assertThat(counted(OTHER, Reason.COUNTER_NEGATIVE)).isEqualTo("2");
        assertThat(redis.command("GET", KEYSPACE.tenantRejections(ACME))).isEqualTo("foreign");
    }

    @Test
    void add_countsNothingOfATenant_whenItsTotalsOrACountAreUnexpected() {
        redis.command("HSET", KEYSPACE.tenantRejections(ACME), "counter-negative", "many");
        redis.command("SET", KEYSPACE.tenantTotals(OTHER), "foreign");

        Map<TenantId, String> uncounted = add(
                FIRST, 1, Map.of(ACME, Map.of(Reason.COUNTER_NEGATIVE, 1L), OTHER, Map.of(Reason.TYPE_CONFLICT, 2L)));

        assertThat(uncounted.get(ACME)).isEqualTo("sg:{0}:t:acme:refused: field counter-negative is no number");
        assertThat(uncounted.get(OTHER)).startsWith("sg:{0}:t:other:totals: WRONGTYPE");
        assertThat(counted(OTHER, Reason.TYPE_CONFLICT)).isEqualTo("null");
    }

    @Test
    void add_changesNothing_whenTheFlushsKeyIsUnexpected() {
        redis.command("RPUSH", KEYSPACE.rejectionFlush(0, FIRST), "foreign");
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
