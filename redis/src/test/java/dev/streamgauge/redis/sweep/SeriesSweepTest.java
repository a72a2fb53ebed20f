package dev.streamgauge.redis.sweep;

import static dev.streamgauge.redis.sweep.SweptTenant.ACME;
import static dev.streamgauge.redis.sweep.SweptTenant.DEPTH;
import static dev.streamgauge.redis.sweep.SweptTenant.EXPIRY;
import static dev.streamgauge.redis.sweep.SweptTenant.FAMILIES;
import static dev.streamgauge.redis.sweep.SweptTenant.KEYSPACE;
import static dev.streamgauge.redis.sweep.SweptTenant.SERIES;
import static dev.streamgauge.redis.sweep.SweptTenant.SWEEPS;
import static dev.streamgauge.redis.sweep.SweptTenant.TOTALS;
import static dev.streamgauge.testkit.Samples.family;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.streamgauge.core.aggregation.Summary;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RegistryBytes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesSweepTest {

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private SweptTenant tenant;
    private SeriesSweep sweep;

    @BeforeEach
    void createTenant() {
        tenant = new SweptTenant(redis);
        tenant.create();
        sweep = new SeriesSweep(redis.topology(KEYSPACE), SeriesSweep.Emptied.KEEP);
    }

    private static void assertRemoved(int series, int families, SweptPage page) {
        assertThat(List.of(page.series(), page.families())).containsExactly(series, families);
        assertThat(page.isLast()).isTrue();
    }

    @Test
    void sweep_removesWhatExpired_andCountsIt() {
        tenant.store("a=\"old\"", EXPIRY + 2);
        tenant.store("a=\"young\"", EXPIRY - 10);
        tenant.store("a=\"older\"", 100 * EXPIRY);

        SweptPage page = sweepFirst();

        assertRemoved(2, 0, page);
        assertThat(page.isLast()).isTrue();
        assertThat(page.due().orElseThrow()).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(11));
        assertThat(tenant.labelsLeft()).containsExactly("a=\"young\"");
        assertThat(tenant.count("series")).isEqualTo(1);
    }

    /** Reading 500 large summaries at once would block Redis for most of a second. */
    @Test
    void page_endsEarly_whenItsValuesAreLong() {
        for (int i = 0; i < 100; i++) {
            redis.setField(
                    KEYSPACE.family(ACME, "depth"),
                    ("a=\"" + i + "\"").getBytes(StandardCharsets.UTF_8),
                    new byte[64 * 1024]);
        }

        SweptPage first = sweepFirst();
        long bytes = first.bytesLeft();
        for (SweptPage page = first; !page.isLast(); ) {
            page = sweep.sweep(ACME, DEPTH, EXPIRY, page.cursor());
            bytes += page.bytesLeft();
        }

        assertThat(first.bytesLeft()).isBetween(256L * 1024, 1024L * 1024);
        assertThat(bytes).isBetween(100L * 64 * 1024, 110L * 64 * 1024);
    }

    /** Ingest processes remember what was registered, and must ask again. */
    @Test
    void sweep_beginsAnEpoch_onlyWhenSomethingWent() {
        tenant.store("a=\"young\"", 0);
        sweepFirst();
        assertThat(tenant.count("epoch")).isEqualTo(5);

        tenant.store("a=\"old\"", EXPIRY + 2);
        sweepFirst();

        assertThat(tenant.count("epoch")).isGreaterThan(5);
    }

    /** Its push may still come; and it goes even from a family whose series never expire. */
    @Test
    void sweep_keepsARegistrationForAMinute() {
        redis.command("HSET", KEYSPACE.family(ACME, "depth"), "a=\"1\"", "r");
        redis.command("HSET", TOTALS, "series", "1", "registered", String.valueOf(redis.nowMillis() - 30_000));
        SweptPage early = sweep.sweep(ACME, DEPTH, 0, SeriesSweep.FIRST);

        redis.command("HSET", TOTALS, "registered", String.valueOf(redis.nowMillis() - 61_000));
        SweptPage late = sweep.sweep(ACME, DEPTH, 0, SeriesSweep.FIRST);

        assertThat(early.series()).isZero();
        assertThat(early.due()).contains(Duration.ofMinutes(1));
        assertThat(late.series()).isEqualTo(1);
        assertThat(late.due()).isEmpty();
        assertThat(tenant.count("series")).isZero();
    }

    @Test
    void sweep_keepsWhatExpired_whenFoldingIsBehind() {
        tenant.store("a=\"1\"", 10 * EXPIRY);
        tenant.letAnEntryWait(9 * EXPIRY + EXPIRY / 2);

        assertThat(sweepFirst().series()).isZero();

        tenant.letAnEntryWait(8 * EXPIRY);
        assertThat(sweepFirst().series()).isEqualTo(1);
    }

    /** The first entry of the stream may be another tenant's, and stay for long. */
    @Test
    void sweep_goesByTheTenantsOwnBacklog_whenAnotherTenantsIsOlder() {
        tenant.store("a=\"1\"", 10 * EXPIRY);
        tenant.letAnEntryWait(20 * EXPIRY);
        redis.command("HSET", TOTALS, "since", Long.toString(redis.nowMillis() - 1_000));

        assertThat(sweepFirst().series()).isEqualTo(1);
    }

    @Test
    void sweep_removesTheFamilyToo_whenNoSeriesIsLeft() {
        tenant.store("a=\"1\"", EXPIRY + 2);

        assertRemoved(1, 1, sweepFirst());

        assertThat(redis.number("EXISTS", FAMILIES, SERIES)).isZero();
    }

    /** What waits may be of that family, and was admitted under its type. */
    @Test
    void sweep_keepsTheFamily_whenAnEntryWaits() {
        tenant.store("a=\"1\"", EXPIRY + 2);
        tenant.letAnEntryWait(0);

        assertRemoved(1, 0, sweepFirst());
        assertThat(redis.number("HEXISTS", FAMILIES, "depth")).isEqualTo(1);

        redis.command("HSET", TOTALS, "backlog", "0");
        assertRemoved(0, 1, sweepFirst());
    }

    /** A series whose only entry became a dead letter would count for the limit forever. */
    @Test
    void sweep_removesARegistration_onlyWhenNothingWaits() {
        tenant.register("a=\"1\"");
        tenant.store("a=\"2\"", 0);
        tenant.letAnEntryWait(0);
        assertThat(sweepFirst().series()).isZero();

        redis.command("HSET", TOTALS, "backlog", "0");

        assertThat(sweepFirst().series()).isEqualTo(1);
        assertThat(tenant.labelsLeft()).containsExactly("a=\"2\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"s", "S"})
    void sweep_removesASummary_ofEitherFormat(String letter) {
        tenant.store(letter.charAt(0), "a=\"1\"", EXPIRY + 2);

        SweptPage swept = sweep.sweep(ACME, family("depth", Summary.WITHOUT_QUANTILES), EXPIRY, SeriesSweep.FIRST);

        assertThat(swept.series()).isEqualTo(1);
    }

    @Test
    void sweep_leavesValuesThatItCannotRead() {
        tenant.put("a=\"newer\"", new byte[] {(byte) 'G', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        tenant.put("a=\"short\"", new byte[] {(byte) 'g', 0});
        tenant.put("a=\"empty\"", new byte[0]);

        assertThat(sweepFirst().series()).isZero();
    }

    @Test
    void sweep_findsEverything_pageByPage() {
        for (int i = 0; i < 3_000; i++) {
            tenant.store("i=\"" + i + '"', i % 2 == 0 ? EXPIRY + 2 : 0);
        }

        int removed = 0;
        int pages = 0;
        SweptPage page = sweepFirst();
        while (!page.isLast()) {
            removed += page.series();
            pages++;
            page = sweep.sweep(ACME, DEPTH, EXPIRY, page.cursor());
        }
        removed += page.series();

        assertThat(removed).isEqualTo(1_500);
        assertThat(pages).isGreaterThan(3);
        assertThat(tenant.labelsLeft()).hasSize(1_500);
        assertThat(tenant.count("series")).isEqualTo(1_500);
    }

    @Test
    void sweep_makesRoom_whenRedisIsFull() {
        tenant.store("a=\"1\"", EXPIRY + 2);
        redis.fill();

        assertThat(sweepFirst().series()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stream", "sweeps", "t:acme:totals", "t:acme:families", "t:acme:f:depth"})
    void sweep_changesNothing_whenAKeyIsOfAnotherType(String key) {
        tenant.store("a=\"1\"", EXPIRY + 2);
        redis.command("DEL", "sg:{0}:" + key);
        redis.command("SET", "sg:{0}:" + key, "not ours");
        String before = redis.dump();

        RedisFailure failure = catchThrowableOfType(RedisFailure.class, this::sweepFirst);

        assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.ERROR);
        assertThat(failure).hasMessageContaining(key);
        assertThat(redis.dump()).isEqualTo(before);
    }

    @Test
    void claim_givesATenantToOneOnly() {
        assertThat(sweep.claim(0)).contains(ACME);

        assertThat(sweep.claim(0)).isEmpty();
        assertThat(tenant.dueInSeconds()).isBetween(50L, 61L);
    }

    /** An aggregator that dies leaves its claim behind. */
    @Test
    void claim_isOver_whenItsTimeIs() {
        sweep.claim(0);
        redis.command("ZINCRBY", SWEEPS, Long.toString(-SeriesSweep.LEASE.toSeconds()), "acme");

        assertThat(sweep.claim(0)).contains(ACME);
    }

    @Test
    void sweep_keepsTheClaim() {
        sweep.claim(0);
        redis.command("ZINCRBY", SWEEPS, "-50", "acme");

        sweepFirst();

        assertThat(tenant.dueInSeconds()).isBetween(50L, 61L);
    }

    @Test
    void end_saysWhenTheTenantIsDueAgain() {
        sweep.claim(0);

        redis.command("HSET", TOTALS, "pushed", Long.toString(redis.nowMillis()));
        sweep.end(ACME, Duration.ofSeconds(7), Duration.ofSeconds(1000), Optional.empty());

        assertThat(tenant.dueInSeconds()).isBetween(0L, 8L);
    }

    @Test
    void end_leavesATenantAloneForLonger_whenItIsIdle() {
        long idleSince = redis.nowMillis() - SeriesSweep.IDLE.toMillis() - 1_000;
        redis.command("HSET", TOTALS, "pushed", Long.toString(idleSince));
        sweep.end(ACME, Duration.ofSeconds(7), Duration.ofSeconds(1000), Optional.empty());
        assertThat(tenant.dueInSeconds()).isBetween(990L, 1001L);

        redis.command("HSET", TOTALS, "backlog", "1");
        sweep.end(ACME, Duration.ofSeconds(7), Duration.ofSeconds(1000), Optional.empty());
        assertThat(tenant.dueInSeconds()).isBetween(0L, 8L);

        redis.command("HSET", TOTALS, "backlog", "0", "registered", Long.toString(redis.nowMillis()));
        sweep.end(ACME, Duration.ofSeconds(7), Duration.ofSeconds(1000), Optional.empty());
        assertThat(tenant.dueInSeconds()).isBetween(0L, 8L);
    }

    @Test
    void sweep_countsTheBytesThatItLeavesAndRemoves() {
        tenant.store("a=\"old\"", EXPIRY + 2);
        tenant.store("a=\"young\"", 0);
        redis.command("HSET", TOTALS, "registry_bytes", "1000");
        long value = redis.number("HSTRLEN", SERIES, "a=\"young\"");
        long row = redis.number("HSTRLEN", FAMILIES, "depth");

        SweptPage page = sweepFirst();

        assertThat(page.bytesRemoved()).isEqualTo(7 + value + 8);
        assertThat(page.bytesLeft()).isEqualTo(9 + value + 8 + 5 + row + 200);
        assertThat(tenant.count("registry_bytes")).isEqualTo(1000 - page.bytesRemoved());
    }

    @Test
    void sweep_countsAllThatItRemoves_whenTheFamilyGoes() {
        tenant.store("a=\"old\"", EXPIRY + 2);
        long all = RegistryBytes.count(redis, KEYSPACE, ACME);
        redis.command("HSET", TOTALS, "registry_bytes", Long.toString(all));

        SweptPage page = sweepFirst();

        assertThat(page.bytesRemoved()).isEqualTo(all);
        assertThat(page.bytesLeft()).isZero();
        assertThat(tenant.count("registry_bytes")).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        // counted, before the sweep, now, afterwards
        "900, 900, 900, 900",
        "900, 1000, 1000, 900",
        "900, 0, 0, 900",
        "900, 800, 950, 950", // what came meanwhile may not have been counted
        "900, 990, 1000, 900"
    })
    void end_correctsTheBytes_unlessTheDifferenceMayHaveComeMeanwhile(
            long counted, long before, String now, long afterwards) {
        redis.command("HSET", TOTALS, "registry_bytes", now);

        sweep.end(ACME, Duration.ofSeconds(7), Duration.ofSeconds(7), Optional.of(new RegistryCount(counted, before)));

        assertThat(tenant.count("registry_bytes")).isEqualTo(afterwards);
        assertThat(sweep.start(ACME).recounted()).isNotEqualTo(Instant.EPOCH);
    }

    @Test
    void end_correctsTheBytes_whenTheyAreNoNumber() {
        redis.command("HSET", TOTALS, "registry_bytes", "unexpected");

        sweep.end(ACME, Duration.ofSeconds(7), Duration.ofSeconds(7), Optional.of(new RegistryCount(900, 0)));

        assertThat(tenant.count("registry_bytes")).isEqualTo(900);
    }

    @Test
    void end_keepsTheBytes_whenNotAllWereCounted() {
        redis.command("HSET", TOTALS, "registry_bytes", "1000");

        sweep.end(ACME, Duration.ofSeconds(7), Duration.ofSeconds(7), Optional.empty());

        assertThat(sweep.start(ACME)).isEqualTo(new SweepStart(Instant.EPOCH, Instant.EPOCH, 1000));
    }

    @Test
    void claim_fails_whenTheSweepsAreOfAnotherType() {
        redis.command("DEL", SWEEPS);
        redis.command("SET", SWEEPS, "not ours");

        RedisFailure failure = catchThrowableOfType(RedisFailure.class, () -> sweep.claim(0));

        assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.ERROR);
    }

    /** It is put off like a tenant, so that those behind it have their turn. */
    @Test
    void claim_failsOnce_whenAMemberIsNoTenant() {
        redis.command("ZADD", SWEEPS, "0", "no tenant\n");

        RedisFailure failure = catchThrowableOfType(RedisFailure.class, () -> sweep.claim(0));

        assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.ERROR);
        assertThat(sweep.claim(0)).contains(ACME);
    }

    private SweptPage sweepFirst() {
        return sweep.sweep(ACME, DEPTH, EXPIRY, SeriesSweep.FIRST);
    }
}
