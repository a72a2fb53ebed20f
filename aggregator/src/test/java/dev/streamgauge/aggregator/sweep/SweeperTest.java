package dev.streamgauge.aggregator.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.redis.sweep.SeriesSweep;
import dev.streamgauge.server.StreamgaugeConfig.AuthMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweeperTest {

    /** In mode {@code api-key}, an administrator has made the tenant, and its numbers are still read. */
    @ParameterizedTest
    @CsvSource({"OPEN, REMOVE", "API_KEY, KEEP"})
    void tenantWithoutSeries_isRemoved_onlyWhereAnyPushMakesOne(AuthMode mode, SeriesSweep.Emptied emptied) {
        assertThat(Sweeper.emptiedIn(mode)).isEqualTo(emptied);
    }
}
