package dev.streamgauge.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What another user of the machine gets from the embedded Redis: nothing. */
@Timeout(60)
class EmbeddedRedisAccessTest {
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    @TempDir
    Path temporary;

    private final Queue<String> events = new ConcurrentLinkedQueue<>();

    @Test
    void files_areTheOwnersOnly_whenTheFolderIsNew() throws Exception {
        Path data = temporary.resolve("data");

        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(data), events::add)) {
            command(redis, "SET", "k", "v");
            command(redis, "BGREWRITEAOF");

            assertThat(data.resolve("redis/appendonlydir")).isDirectory();
            assertThat(modes(data)).allMatch(mode -> mode.endsWith("------"), "only the owner has rights");
        }
        assertThat(modes(data)).allMatch(mode -> mode.endsWith("------"), "only the owner has rights");
        assertThat(events).isEmpty();
    }

    @Test
    void command_isRejected_whenTheClientHasNoPasswordOrAnother() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add);
                RedisClient stranger = RedisClient.open(redis.port(), DEADLINE)) {

            for (String[] words : List.of(
                    new String[] {"PING"},
                    new String[] {"HSET", "sg:{tenants}:records", "t", "r"},
                    new String[] {"CONFIG", "GET", "requirepass"},
                    new String[] {"SHUTDOWN", "NOSAVE"})) {
                assertThatThrownBy(() -> stranger.command(words)).hasMessageContaining("NOAUTH");
            }
            assertThatThrownBy(() -> stranger.command("AUTH", "0".repeat(64))).hasMessageContaining("WRONGPASS");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void password_isInNoCommandLine_whenRedisRuns() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add)) {

            String commandLine = Files.readString(Path.of("/proc/" + redis.pid() + "/cmdline"));

            assertThat(commandLine).contains("redis.conf").doesNotContain(redis.password());
        }
    }

    @Test
    void password_isNewAndInItsFile_whenStartedAgain() throws Exception {
        String first;
        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add)) {
            first = redis.password();
        }

        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(temporary), events::add)) {

            assertThat(redis.password()).matches("[0-9a-f]{64}").isNotEqualTo(first);
            assertThat(temporary.resolve("redis.password")).hasContent(redis.password() + "\n");
        }
    }

    @Test
    void start_takesTheRightsOfOthers_whenTheFolderIsOfAnEarlierRelease() throws Exception {
        Path data = temporary.resolve("data");
        try (RedisServer earlier =
                RedisServer.builder().directory(data.resolve("redis")).build().start()) {
            earlier.command("SET", "k", "v");
        }
        for (String name : List.of("streamgauge.lock", "redis.conf", "redis.log", "redis.log.1")) {
            Files.createFile(data.resolve(name));
        }
        openToAll(data);

        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(data), events::add)) {

            assertThat(command(redis, "GET", "k")).isEqualTo("v");
            assertThat(modes(data)).allMatch(mode -> mode.endsWith("------"), "only the owner has rights");
            assertThat(events).isEmpty();
        }
    }

    @Test
    void start_leavesTheModeOfTheFolder_whenThereAreOtherFilesInIt() throws Exception {
        Path data = Files.createDirectory(temporary.resolve("home"));
        Path letter = Files.writeString(data.resolve("letter.txt"), "Dear");
        openToAll(data);

        try (EmbeddedRedis redis = EmbeddedRedis.start(settings(data), events::add)) {

            assertThat(command(redis, "PING")).isEqualTo("PONG");
            assertThat(mode(data)).isEqualTo("rwxr-xr-x");
            assertThat(mode(letter)).isEqualTo("rwxr-xr-x");
            assertThat(mode(data.resolve("redis"))).isEqualTo("rwx------");
            assertThat(mode(data.resolve("redis.password"))).isEqualTo("rw-------");
            assertThat(mode(data.resolve("redis.conf"))).isEqualTo("rw-------");
            assertThat(events)
                    .containsExactly(
                            "The data folder is not ours alone, so its mode stays, and only our files in it are"
                                    + " closed to other users: dataDir=" + data.toRealPath());
        }
    }

    private static EmbeddedRedisSettings settings(Path data) {
        return new EmbeddedRedisSettings(data, new RedisProgram.Bundled(), 0, "64mb", Duration.ofSeconds(2));
    }

    private static Object command(EmbeddedRedis redis, String... words) {
        try (RedisClient client = RedisClient.open(redis.port(), DEADLINE)) {
            client.command("AUTH", redis.password());
            return client.command(words);
        }
    }

    private static void openToAll(Path folder) {
        for (Path path : paths(folder)) {
            try {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static List<String> modes(Path folder) {
        return paths(folder).stream().map(EmbeddedRedisAccessTest::mode).toList();
    }

    /** All files and folders, once Redis has no temporary file left, which it would remove meanwhile. */
    private static List<Path> paths(Path folder) {
        return await().ignoreExceptionsMatching(thrown -> thrown.getCause() instanceof NoSuchFileException)
                .until(
                        () -> {
                            try (Stream<Path> paths = Files.walk(folder)) {
                                return paths.toList();
                            }
                        },
                        found -> found.stream()
                                .noneMatch(path -> path.getFileName().toString().startsWith("temp-")));
    }

    private static String mode(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
