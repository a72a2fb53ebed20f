package dev.streamgauge.redis.sweep;

import static dev.streamgauge.redis.sweep.SweptTenant.ACME;
import static dev.streamgauge.redis.sweep.SweptTenant.DEPTH;
import static dev.streamgauge.redis.sweep.SweptTenant.EXPIRY;
import static dev.streamgauge.redis.sweep.SweptTenant.KEYSPACE;
import static dev.streamgauge.redis.sweep.SweptTenant.TOTALS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.redis.RealRedis;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sweep makes of times that were stored before the clock of Redis stepped by an hour. */
class SweepAfterClockStepTest {

    private static final int HOUR = 3_600;

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

    /** Entries keep ids of the time before the step, and the watermark must not follow them. */
    @Test
    void sweep_keepsALiveSeries_whenTheClockWasSetBack() {
        tenant.store("a=\"after\"", 1);
        tenant.store("a=\"before\"", -HOUR);
        tenant.letAnEntryWait(-HOUR);

        SweptPage page = sweepFirst();

        assertThat(page.series()).isZero();
        assertThat(page.due().orElseThrow()).isLessThanOrEqualTo(Duration.ofSeconds(EXPIRY));
    }

    @Test
    void sweep_removesASeries_whenItIsOldByTheClockThatWasSetBack() {
        tenant.store("a=\"1\"", EXPIRY + 2);
        tenant.letAnEntryWait(-HOUR);

        assertThat(sweepFirst().series()).isEqualTo(1);
    }

    /** The epoch of the totals is of the time before the step. */
    @Test
    void sweep_beginsAnEpoch_whenTheClockWasSetBack() {
        long before = (redis.nowMillis() + HOUR * 1_000L) * 1_000;
        redis.command("HSET", TOTALS, "epoch", Long.toString(before));
        tenant.store("a=\"old\"", EXPIRY + 2);

        sweepFirst();

        assertThat(tenant.count("epoch")).isGreaterThan(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {-HOUR, HOUR})
    void sweep_removesARegistration_whenTheClockStepped(int secondsAgo) {
        tenant.put("a=\"1\"", new byte[] {StoredSeries.REGISTERED});
        redis.command("HSET", TOTALS, "registered", tenant.millisAgo(secondsAgo));

        assertThat(sweepFirst().series()).isEqualTo(1);
    }

    @Test
    void end_takesATenantForActive_whenTheClockWasSetBackSinceItsPush() {
        redis.command("HSET", TOTALS, "pushed", tenant.millisAgo(-HOUR));

        sweep.end(ACME, Duration.ofSeconds(7), Duration.ofSeconds(1000), Optional.empty());

        assertThat(tenant.dueInSeconds()).isBetween(0L, 8L);
    }

    private SweptPage sweepFirst() {
        return sweep.sweep(ACME, DEPTH, EXPIRY, SeriesSweep.FIRST);
    }
}
