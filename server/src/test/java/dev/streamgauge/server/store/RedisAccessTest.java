package dev.streamgauge.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisAccessTest {

    @ParameterizedTest
    @CsvSource({
        "redis://ingest@redis:6379,  secret, redis://ingest:secret@redis:6379",
        "rediss://ingest@redis,      secret, rediss://ingest:secret@redis",
        "redis://ingest@redis:6379/2, @:/%, redis://ingest:%40%3A%2F%25@redis:6379/2"
    })
    void password_isPutBesideTheUser_whenTheAddressNamesAUserAlone(String address, String password, String expected) {
        assertThat(RedisAccess.withPassword(address, password)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://redis:6379",
                "redis://ingest:own@redis:6379",
                "redis://:own@redis:6379",
                "redis://redis:6379/?client=a@b"
            })
    void address_staysAsItIs_whenItNamesNoUserOrItsPassword(String address) {
        assertThat(RedisAccess.withPassword(address, "secret")).isEqualTo(address);
    }

    @Test
    void address_staysAsItIs_whenThereIsNoPassword() {
        assertThat(RedisAccess.withPassword("redis://ingest@redis", null)).isEqualTo("redis://ingest@redis");
    }
}
