package dev.streamgauge.server.store;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisAddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://localhost:6379",
                "redis://localhost",
                "rediss://user:p%40ss@redis.example.com:6380/1",
                "redis://[::1]:6379",
                "redis://my_redis:6379",
                "unix:///run/redis.sock"
            })
    void check_acceptsAddresses(String address) {
        assertThatCode(() -> RedisAddress.check(address)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:6379, localhost:6379 does not begin with redis:// or rediss://; write redis://localhost:6379",
        "http://a:6379, http://a:6379 does not begin with",
        "redis://localhost:99999, does not name a host and a port",
        "redis://localhost:0, does not name a host and a port",
        "redis://localhost:abc, does not name a host and a port",
        "redis://, is no address",
        "redis://a b, is no address"
    })
    void check_saysWhatToWrite(String address, String message) {
        assertThatThrownBy(() -> RedisAddress.check(address))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("quarkus.redis.hosts: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://user:secret@a:6379", "redis://user:secret@a_b:0", "redis://user:secret@:x"})
    void check_hidesThePassword(String address) {
        assertThatThrownBy(() -> RedisAddress.check(address)).hasMessageNotContaining("secret");
    }
}
