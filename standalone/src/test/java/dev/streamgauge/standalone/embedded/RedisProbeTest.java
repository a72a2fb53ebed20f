package dev.streamgauge.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RedisServer;
import org.junit.jupiter.api.Test;

class RedisProbeTest {
    @Test
    void ask_isReady_whenTheServerAnswersWithItsPid() {
        try (RedisServer redis = RedisServer.builder().build().start()) {

            RedisProbe.Answer answer = new RedisProbe(redis.port(), redis.pid()).ask();

            assertThat(answer).isEqualTo(RedisProbe.Answer.READY);
        }
    }

    @Test
    void ask_isAnotherServer_whenAnotherServerHasThePort() {
        try (RedisServer redis = RedisServer.builder().build().start()) {

            RedisProbe.Answer answer = new RedisProbe(redis.port(), redis.pid() + 1).ask();

            assertThat(answer).isEqualTo(RedisProbe.Answer.ANOTHER_SERVER);
        }
    }

    @Test
    void ask_isAnotherServer_whenTheServerWantsAPassword() {
        try (RedisServer redis =
                RedisServer.builder().directives("requirepass secret").build().start()) {

            RedisProbe.Answer answer = new RedisProbe(redis.port(), redis.pid()).ask();

            assertThat(answer).isEqualTo(RedisProbe.Answer.ANOTHER_SERVER);
        }
    }

    @Test
    void ask_isNone_whenTheServerHangs() {
        try (RedisServer redis = RedisServer.builder().build().start()) {
            redis.pause();

            RedisProbe.Answer answer = new RedisProbe(redis.port(), redis.pid()).ask();

            assertThat(answer).isEqualTo(RedisProbe.Answer.NONE);
        }
    }

    @Test
    void ask_isNone_whenNothingListens() {
        RedisProbe probe = new RedisProbe(FreePort.find(), 1);

        RedisProbe.Answer answer = probe.ask();

        assertThat(answer).isEqualTo(RedisProbe.Answer.NONE);
    }
}
