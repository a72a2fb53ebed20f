package dev.streamgauge.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisServerTest {
    @Test
    void start_configuresRedisLikeTheProduct_byDefault() {
        try (RedisServer redis = RedisServer.builder().build()) {

            redis.start();

            assertThat(redis.command("PING")).isEqualTo("PONG");
            assertThat(redis.url()).isEqualTo("redis://127.0.0.1:" + redis.port());
            assertThat(setting(redis, "appendonly")).isEqualTo("yes");
            assertThat(setting(redis, "appendfsync")).isEqualTo("always");
            assertThat(setting(redis, "save")).isEqualTo("");
            assertThat(setting(redis, "maxmemory")).isEqualTo(Long.toString(512L << 20));
            assertThat(setting(redis, "maxmemory-policy")).isEqualTo("noeviction");
            assertThat(setting(redis, "hash-max-listpack-entries")).isEqualTo("64");
        }
    }

    @Test
    void directives_replaceTheDefaultOfTheirName_whenGiven() {
        RedisServer.Builder builder = RedisServer.builder().directives("maxmemory 100mb", "save 60 1", "save 300 2");

        try (RedisServer redis = builder.build().start()) {

            assertThat(setting(redis, "maxmemory")).isEqualTo(Long.toString(100L << 20));
            assertThat(setting(redis, "save")).isEqualTo("60 1 300 2");
        }
    }

    @Test
    void commandPrefix_runsRedisInItsPlace_whenGiven(@TempDir Path directory) {
        RedisServer.Builder builder = RedisServer.builder()
                .directory(directory)
                .commandPrefix(List.of("sh", "-c", "touch prefixed && exec \"$@\"", "sh"));

        try (RedisServer redis = builder.build().start()) {

            assertThat(directory.resolve("prefixed")).exists();
            assertThat(String.valueOf(redis.command("INFO", "server"))).contains("process_id:" + redis.pid() + "\r\n");
        }
    }

    @Test
    void restart_keepsPortAndAcknowledgedWrites_whenKilled() {
        try (RedisServer redis = RedisServer.builder().build().start()) {
            int port = redis.port();
            long pid = redis.pid();
            redis.command("SET", "k", "größe");

            redis.kill();
            redis.restart();

            assertThat(redis.port()).isEqualTo(port);
            assertThat(redis.pid()).isNotEqualTo(pid);
            assertThat(redis.command("GET", "k")).isEqualTo("größe");
        }
    }

    @Test
    void restart_stopsItFirst_whenStillRunning() {
        try (RedisServer redis = RedisServer.builder().build().start()) {
            long pid = redis.pid();
            redis.command("SET", "k", "v");

            redis.restart();

            assertThat(ProcessHandle.of(pid)).isEmpty();
            assertThat(redis.command("GET", "k")).isEqualTo("v");
        }
    }

    @Test
    void command_fails_whenTerminated() {
        try (RedisServer redis = RedisServer.builder().build().start()) {

            redis.terminate();

            assertThat(redis.isAlive()).isFalse();
            assertThatThrownBy(() -> redis.command("PING")).isInstanceOf(UncheckedIOException.class);
        }
    }

    @Test
    void pause_leavesCommandsUnanswered_untilResume() {
        try (RedisServer redis = RedisServer.builder().build().start();
                RedisClient connection = RedisClient.open(redis.port(), Duration.ofMillis(200))) {

            redis.pause();

            assertThatThrownBy(() -> connection.command("PING")).hasMessageContaining("timed out");
            redis.resume();
            assertThat(redis.command("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void start_quotesTheLog_whenADirectiveIsUnknown() {
        try (RedisServer redis =
                RedisServer.builder().directives("no-such-directive 1").build()) {

            assertThatThrownBy(redis::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no-such-directive");
        }
    }

    @Test
    void start_fails_whenAnotherServerHoldsThePort() {
        try (RedisServer first = RedisServer.builder().build().start();
                RedisServer second = RedisServer.builder().port(first.port()).build()) {

            assertThatThrownBy(second::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Could not create server TCP listening socket");
        }
    }

    @Test
    void close_deletesTheFolderAndEndsTheProcess_whenTheFolderIsItsOwn() {
        RedisServer redis = RedisServer.builder().build().start();
        long pid = redis.pid();
        Path directory = redis.directory();

        redis.close();

        assertThat(ProcessHandle.of(pid)).isEmpty();
        assertThat(directory).doesNotExist();
    }

    @Test
    void close_keepsTheFolder_whenItWasGiven(@TempDir Path directory) {
        RedisServer redis = RedisServer.builder()
                .directory(directory.resolve("a b"))
                .build()
                .start();

        redis.close();

        assertThat(Files.exists(directory.resolve("a b/appendonlydir"))).isTrue();
    }

    @Test
    void command_mapsEachKindOfReply_whenAsked() {
        byte[] binary = {0, (byte) 0xff, '\r', '\n'};
        try (RedisServer redis = RedisServer.builder().build().start();
                RedisClient connection = redis.connect()) {
            connection.commandBytes("SET".getBytes(StandardCharsets.UTF_8), new byte[] {'b'}, binary);

            assertThat(connection.command("INCR", "n")).isEqualTo(1L);
            assertThat(connection.command("GET", "absent")).isNull();
            assertThat(connection.command("MGET", "n", "absent")).isEqualTo(Arrays.asList("1", null));
            assertThat(connection.command("EVAL", "return {1, {'a'}, {}}", "0"))
                    .isEqualTo(List.of(1L, List.of("a"), List.of()));
            assertThat((byte[]) connection.commandBytes("GET", "b")).isEqualTo(binary);
            assertThatThrownBy(() -> connection.command("LPUSH", "n", "1"))
                    .isInstanceOfSatisfying(
                            RedisError.class, e -> assertThat(e.code()).isEqualTo("WRONGTYPE"));
        }
    }

    private static Object setting(RedisServer redis, String name) {
        return ((List<?>) redis.command("CONFIG", "GET", name)).get(1);
    }
}
