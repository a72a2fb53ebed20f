package dev.streamgauge.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RedisServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisProbeTest {
    @Test
    void ask_isReady_whenTheServerAnswersWithItsPid() {
        try (RedisServer redis =
                RedisServer.builder().directives("requirepass secret").build().start()) {

            RedisProbe.Answer answer = new RedisProbe(redis.port(), "secret", redis.pid()).ask();

            assertThat(answer).isEqualTo(RedisProbe.Answer.READY);
        }
    }

    @Test
    void ask_isAnotherServer_whenAnotherServerHasThePort() {
        try (RedisServer redis =
                RedisServer.builder().directives("requirepass secret").build().start()) {

            RedisProbe.Answer answer = new RedisProbe(redis.port(), "secret", redis.pid() + 1).ask();

            assertThat(answer).isEqualTo(RedisProbe.Answer.ANOTHER_SERVER);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"requirepass other", "tcp-keepalive 300"})
    void ask_isAnotherServer_whenTheServerHasAnotherPasswordOrNone(String directive) {
        try (RedisServer redis =
                RedisServer.builder().directives(directive).build().start()) {

            RedisProbe.Answer answer = new RedisProbe(redis.port(), "secret", redis.pid()).ask();

            assertThat(answer).isEqualTo(RedisProbe.Answer.ANOTHER_SERVER);
        }
    }

    @Test
    void ask_isNone_whenTheServerHangs() {
        try (RedisServer redis =
                RedisServer.builder().directives("requirepass secret").build().start()) {
            redis.pause();

            RedisProbe.Answer answer = new RedisProbe(redis.port(), "secret", redis.pid()).ask();

            assertThat(answer).isEqualTo(RedisProbe.Answer.NONE);
        }
    }

    @Test
    void ask_isNone_whenNothingListens() {
        RedisProbe probe = new RedisProbe(FreePort.find(), "secret", 1);

        RedisProbe.Answer answer = probe.ask();

        assertThat(answer).isEqualTo(RedisProbe.Answer.NONE);
    }
}
