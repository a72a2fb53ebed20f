package dev.streamgauge.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddedRedisSettingsTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535})
    void port_isAccepted_whenInRange(int port) {
        EmbeddedRedisSettings settings = settings(port, "1gb");

        assertThat(settings.port()).isEqualTo(port);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536})
    void port_isRejected_whenOutOfRange(int port) {
        assertThatThrownBy(() -> settings(port, "1gb"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("streamgauge.embedded-redis.port: " + port + " given, 0 to 65535 possible");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "100b", "10k", "10kb", "64m", "64MB", "1g", "1gb", "2Gb"})
    void maxMemory_isAccepted_whenRedisUnderstandsIt(String size) {
        EmbeddedRedisSettings settings = settings(0, size);

        assertThat(settings.maxMemory()).isEqualTo(size);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0gb", "-1", "1.5gb", "1 gb", "1tb", "gb", "1gb\nappendonly no", "9999999999999999"})
    void maxMemory_isRejected_whenItIsNoLimit(String size) {
        assertThatThrownBy(() -> settings(0, size))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("streamgauge.embedded-redis.max-memory: '" + size
                        + "' given, a size such as 512mb or 1gb expected");
    }

    private static EmbeddedRedisSettings settings(int port, String maxMemory) {
        return new EmbeddedRedisSettings(
                Path.of("data"), new RedisProgram.Bundled(), port, maxMemory, Duration.ofSeconds(10));
    }
}
