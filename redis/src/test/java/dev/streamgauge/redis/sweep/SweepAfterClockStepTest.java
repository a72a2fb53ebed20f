package dev.streamgauge.redis.sweep;

import static dev.streamgauge.testkit.Samples.family;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.FamilyCodec;
import dev.streamgauge.core.family.MetricType;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sweep makes of times that were stored before the clock of Redis stepped by an hour. */
class SweepAfterClockStepTest {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final TenantId ACME = new TenantId("acme");
    private static final Family DEPTH = family("depth", MetricType.GAUGE);
    private static final String TOTALS = KEYSPACE.tenantTotals(ACME);
    private static final String SWEEPS = KEYSPACE.sweeps(0);
    private static final int EXPIRY = 60;
    private static final int HOUR = 3_600;

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private SeriesSweep sweep;

    @BeforeEach
    void noteTenantAndFamily() {
        sweep = new SeriesSweep(redis.connections(), KEYSPACE, SeriesSweep.Emptied.KEEP);
        redis.command("ZADD", SWEEPS, "1", "acme");
        redis.setField(KEYSPACE.families(ACME), "depth".getBytes(StandardCharsets.UTF_8), FamilyCodec.encode(DEPTH));
        redis.command("HSET", TOTALS, "backlog", "0", "epoch", "5", "series", "0");
    }

    /** Entries keep ids of the time before the step, and the watermark must not follow them. */
    @Test
    void sweep_keepsALiveSeries_whenTheClockWasSetBack() {
        store("a=\"after\"", 1);
        store("a=\"before\"", -HOUR);
        letAnEntryWait(-HOUR);

        SweptPage page = sweepFirst();

        assertThat(page.series()).isZero();
        assertThat(page.due().orElseThrow()).isLessThanOrEqualTo(Duration.ofSeconds(EXPIRY));
    }

    @Test
    void sweep_removesASeries_whenItIsOldByTheClockThatWasSetBack() {
        store("a=\"1\"", EXPIRY + 2);
        letAnEntryWait(-HOUR);

        assertThat(sweepFirst().series()).isEqualTo(1);
    }

    /** The epoch of the totals is of the time before the step. */
    @Test
    void sweep_beginsAnEpoch_whenTheClockWasSetBack() {
        long before = (redis.nowMillis() + HOUR * 1_000L) * 1_000;
        redis.command("HSET", TOTALS, "epoch", Long.toString(before));
        store("a=\"old\"", EXPIRY + 2);

        sweepFirst();

        assertThat(count("epoch")).isGreaterThan(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {-HOUR, HOUR})
    void sweep_removesARegistration_whenTheClockStepped(int secondsAgo) {
        put("a=\"1\"", new byte[] {StoredSeries.REGISTERED});
        redis.command("HSET", TOTALS, "registered", millisAgo(secondsAgo));

        assertThat(sweepFirst().series()).isEqualTo(1);
    }

    @Test
    void end_takesATenantForActive_whenTheClockWasSetBackSinceItsPush() {
        redis.command("HSET", TOTALS, "pushed", millisAgo(-HOUR));

        sweep.end(ACME, Duration.ofSeconds(7), Duration.ofSeconds(1000), Optional.empty());

        long due = Long.parseLong(String.valueOf(redis.command("ZSCORE", SWEEPS, "acme")));
        assertThat(due - redis.nowMillis() / 1_000).isBetween(0L, 8L);
    }

    private SweptPage sweepFirst() {
        return sweep.sweep(ACME, DEPTH, EXPIRY, SeriesSweep.FIRST);
    }

    private void store(String labels, int ageSeconds) {
        long updated = redis.nowMillis() / 1_000 - ageSeconds;
        put(
                labels,
                ByteBuffer.allocate(StoredSeries.HEADER_LENGTH + 36)
                        .put((byte) 'g')
                        .putDouble(updated * 1_000.0)
                        .putInt((int) updated)
                        .array());
    }

    private void put(String labels, byte[] value) {
        redis.setField(KEYSPACE.family(ACME, "depth"), labels.getBytes(StandardCharsets.UTF_8), value);
        redis.command("HINCRBY", TOTALS, "series", "1");
    }

    /** Lets one entry of the tenant, admitted so long ago, wait to be folded. */
    private void letAnEntryWait(int secondsAgo) {
        String millis = millisAgo(secondsAgo);
        redis.append(KEYSPACE.stream(0), millis + "-0", new byte[] {1});
        redis.command("HSET", TOTALS, "backlog", "1", "since", millis);
    }

    private String millisAgo(int seconds) {
        return Long.toString(redis.nowMillis() - seconds * 1_000L);
    }

    private long count(String field) {
        return Long.parseLong(String.valueOf(redis.command("HGET", TOTALS, field)));
    }
}
