package dev.streamgauge.ingest.overload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.redis.admission.MemoryPressure.Level;
import dev.streamgauge.redis.store.MemoryUse;
import dev.streamgauge.testkit.LogRecorder;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When each level begins, and which tenants are large then. */
class MemoryPressureMonitorTest {

    @ParameterizedTest
    @CsvSource({
        "0.8, 800, NONE",
        "0.8, 801, GROWTH",
        "0.8, 900, GROWTH",
        "0.8, 901, LARGE",
        "0.8, 950, LARGE",
        "0.8, 951, ALL",
        "0.8, 2000, ALL",
        "0.4, 400, NONE",
        "0.4, 401, GROWTH",
        "0.4, 701, LARGE",
        "0.4, 851, ALL",
        "1, 1000, NONE",
        "1, 1001, ALL"
    })
    void level_beginsAboveItsPartOfTheMemory(double ratio, long used, Level level) {
        assertThat(MemoryPressureMonitor.levelOf(new MemoryUse(used, 1_000), ratio))
                .isEqualTo(level);
    }

    @Test
    void level_isNone_whereMemoryHasNoLimit() {
        assertThat(MemoryPressureMonitor.levelOf(new MemoryUse(1_000_000, 0), 0.8))
                .isEqualTo(Level.NONE);
    }

    @Test
    void excess_isWhatIsAboveThreeQuarters_byDefault() {
        assertThat(MemoryPressureMonitor.excessOf(new MemoryUse(900, 1_000), 0.8))
                .isEqualTo(150);
    }

    @Test
    void log_warnsOfPressure_andSaysFromWhichSizeATenantIsLarge_whereThatMatters() {
        try (LogRecorder log = LogRecorder.of(MemoryPressureMonitor.class)) {
            MemoryPressureMonitor.log(new MemoryPressure(Level.LARGE, 70_000));
            MemoryPressureMonitor.log(MemoryPressure.ALL);
            MemoryPressureMonitor.log(MemoryPressure.NONE);

            assertThat(log.lines())
                    .containsExactly(
                            "WARN memory pressure=LARGE large-bytes=70000",
                            "WARN memory pressure=ALL",
                            "INFO memory pressure=NONE");
        }
    }

    private static long level(long excess, long... sizes) {
        return WaterLevel.of(LongStream.of(sizes).boxed().toList(), excess);
    }

    @Test
    void largestTenant_givesWayAlone_whereThatIsEnough() {
        assertThat(level(400, 100, 1_000, 200)).isEqualTo(600);
        assertThat(level(800, 100, 1_000, 200)).isEqualTo(200);
    }

    @Test
    void largestTenants_giveWayToTheSameLevel() {
        assertThat(level(900, 100, 1_000, 200)).isEqualTo(150);
        assertThat(level(100, 500, 500)).isEqualTo(450);
        assertThat(level(1_000, 500, 500)).isZero();
    }

    @Test
    void level_isZero_whereAllTenantsTogetherAreLess() {
        assertThat(level(2_000, 100, 1_000, 200)).isZero();
        assertThat(WaterLevel.of(List.of(), 1)).isZero();
    }
}
