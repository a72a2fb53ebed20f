package dev.streamgauge.server.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.server.Settings;
import dev.streamgauge.server.StreamgaugeConfig;
import io.quarkus.vertx.http.runtime.VertxHttpConfig;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.ConfigValidationException.Problem;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SettingsValidatorTest {

    @Test
    void defaults_areValid() {
        assertThat(problems()).isEmpty();
    }

    @Test
    void configuration_hasEveryLimit_andNoOther() {
        List<String> configured = Arrays.stream(StreamgaugeConfig.Limits.class.getMethods())
                .map(method -> method.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT))
                .toList();

        assertThat(configured)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Limit.values()).map(Limit::id).toList());
    }

    @ParameterizedTest
    @EnumSource
    void limit_isInvalid_outsideItsRange(Limit limit) {
        String name = "limits." + limit.id().replace('_', '-');

        assertThat(problems(name, "-1"))
                .singleElement()
                .asString()
                .startsWith("streamgauge." + name + ": ")
                .endsWith(" expected");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            partitions             | 1     | 0       | must be at least 1
            partitions             | 64    | 65      | must be at most 64
            redis-timeout          | 10ms  | 9ms     | must be at least 10ms
            redis-timeout          | 1m    | 60001ms | must be at most 1m
            reclaim-idle           | 1s    | 999ms   | must be at least 1s
            max-redis-memory-ratio | 0.1   | 0.09    | must be at least 0.1
            max-redis-memory-ratio | 1     | 1.01    | must be at most 1
            max-redis-memory-ratio | 0.5   | NaN     | must be a finite number
            max-connections        | 1     | 0       | must be at least 1
            redis-key-prefix       | a.b-c | a:b     | must be 1 to 64 characters of letters, digits, '.', '_' and '-'
            allowed-hosts          | a,[::1] | a,b:80 | must be a host name or an address, without a port
            """)
    void setting_isInvalid_outsideItsRange(String name, String valid, String invalid, String problem) {
        assertThat(problems(name, valid)).isEmpty();
        assertThat(problems(name, invalid)).containsExactly("streamgauge." + name + " " + problem);
    }

    @Test
    void problems_areReportedAtOnce() {
        assertThat(problems("partitions", "65", "limits.max-backlog-entries", "0"))
                .containsExactly(
                        "streamgauge.limits.max-backlog-entries: a whole number from 1 expected",
                        "streamgauge.partitions must be at most 64");
    }

    @ParameterizedTest
    @CsvSource({"quarkus.http.port, 65536", "quarkus.http.port, -1", "quarkus.http.ssl-port, 84430"})
    void port_isInvalid_outsideItsRange(String name, String port) {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withValidator(new SettingsValidator())
                .withMapping(VertxHttpConfig.class)
                .withDefaultValue("quarkus.http.host", "localhost")
                .withDefaultValue(name, port);

        assertThatExceptionOfType(ConfigValidationException.class)
                .isThrownBy(builder::build)
                .withMessageContaining(name + " must be 0 to 65535");
    }

    @Test
    void mappingOfOthers_isNotLookedAt() {
        assertThatNoException().isThrownBy(() -> new SettingsValidator().validateMapping(List.class, "", List.of()));
    }

    private static List<String> problems(String... namesAndValues) {
        try {
            Settings.read(new SettingsValidator(), namesAndValues);
            return List.of();
        } catch (ConfigValidationException e) {
            return Stream.iterate(0, i -> i < e.getProblemCount(), i -> i + 1)
                    .map(e::getProblem)
                    .map(Problem::getMessage)
                    .toList();
        }
    }
}
