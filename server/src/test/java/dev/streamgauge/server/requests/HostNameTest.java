package dev.streamgauge.server.requests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostNameTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:8080",
                "localhost:",
                "localhost:0",
                "localhost:65535",
                "10.0.3.7",
                "10.0.3.7:8080",
                "[::1]",
                "[2001:db8::ffff:10.0.0.1]:443",
                "Ingest_1.default.svc.cluster.local.",
                "xn--bcher-kva.example"
            })
    void isHost_isTrue_whenItIsANameOrAnAddress(String host) {
        assertThat(HostName.isHost(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":8080",
                "a b",
                "a,b",
                "a/b",
                "me@a",
                "a:b",
                "a:1:2",
                "a:65536",
                "a:000001",
                "a:-1",
                "::1",
                "[]",
                "[::1",
                "[::1]8080",
                "[::g]",
                "%41",
                "bücher.example",
                "a\u0000"
            })
    void isHost_isFalse_whenItIsAnythingElse(String host) {
        assertThat(HostName.isHost(host)).isFalse();
    }
}
