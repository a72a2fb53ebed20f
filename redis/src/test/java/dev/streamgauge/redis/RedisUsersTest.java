package dev.streamgauge.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisError;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.RedisUsers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The users that operators get may do what their role does, and nothing else. */
class RedisUsersTest {

    private static final List<String> ROLES =
            List.of("streamgauge-ingest", "streamgauge-aggregator", "streamgauge-query", "streamgauge-standalone");

    private static final Pattern GRANT = Pattern.compile("\\+(?!@)([a-z_]+)");
    private static final Pattern CALL_OF_SCRIPT = Pattern.compile("redis\\.p?call\\('([A-Z_]+)'");
    private static final Pattern CALL_OF_CLASS = Pattern.compile("Command\\.([A-Z_]+)");

    @TempDir
    private static Path folder;

    private static RedisServer redis;

    @BeforeAll
    static void start() throws IOException {
        Path users = Files.writeString(folder.resolve("users.acl"), RedisUsers.filledIn());
        redis = RedisServer.builder()
                .directives("aclfile " + users, "appendfsync no", "enable-debug-command yes")
                .build()
                .start();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static Object as(String user, String... words) {
        try (RedisClient client = redis.connect()) {
            client.command("AUTH", user, RedisUsers.password(user));
            return client.command(words);
        }
    }

    private static void assertRejected(String user, String command) {
        assertThatThrownBy(() -> as(user, command.split(" ")))
                .as("%s: %s", user, command)
                .isInstanceOfSatisfying(
                        RedisError.class, error -> assertThat(error.code()).isEqualTo("NOPERM"));
    }

    @Test
    void redis_doesNotStart_whenAPasswordIsMissing() throws IOException {
        Path users = Files.writeString(folder.resolve("template.acl"), RedisUsers.template());

        assertThatThrownBy(() -> RedisServer.builder()
                        .directives("aclfile " + users)
                        .build()
                        .start()
                        .close())
                .hasMessageContaining("The password hash must be exactly 64 characters");
    }

    @Test
    void redis_rejectsClientsWithoutPassword() {
        try (RedisClient client = redis.connect()) {
            assertThatThrownBy(() -> client.command("PING"))
                    .isInstanceOfSatisfying(
                            RedisError.class, error -> assertThat(error.code()).isEqualTo("NOAUTH"));
            assertThatThrownBy(() -> client.command("AUTH", "streamgauge-query", "wrong"))
                    .isInstanceOfSatisfying(
                            RedisError.class, error -> assertThat(error.code()).isEqualTo("WRONGPASS"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "FLUSHALL",
                "FLUSHDB",
                "KEYS *",
                "SCAN 0",
                "RANDOMKEY",
                "ACL LIST",
                "ACL SETUSER x",
                "DEBUG SLEEP 0",
                "CONFIG SET appendfsync no",
                "CONFIG GET requirepass",
                "CONFIG GET masterauth",
                "CONFIG GET *",
                "CONFIG RESETSTAT",
                "CONFIG REWRITE",
                "SHUTDOWN",
                "SAVE",
                "BGREWRITEAOF",
                "REPLICAOF NO ONE",
                "MONITOR",
                "CLIENT LIST",
                "CLIENT KILL TYPE normal",
                "SCRIPT FLUSH",
                "SCRIPT KILL",
                "FUNCTION FLUSH",
                "SUBSCRIBE x",
                "PUBLISH x y",
                "SELECT 1",
                "SWAPDB 0 1",
                "RENAME sg:{0}:totals sg:{0}:stream",
                "RESTORE sg:{0}:totals 0 x",
                "MIGRATE 127.0.0.1 1 sg:{0}:totals 0 1",
                "DUMP sg:{0}:totals",
                "XTRIM sg:{0}:stream MAXLEN 0",
                "XGROUP DESTROY sg:{0}:stream aggregators",
                "XGROUP SETID sg:{0}:stream aggregators $",
                "DEL sg:{0}:stream",
                "GET other:partitions",
                "GET sg2:partitions",
                "HMGET session:1 a",
                "HMGET sg:{0} a",
                "XLEN other:{0}:stream"
            })
    void noRole_mayDoWhatNoneNeeds(String command) {
        ROLES.forEach(user -> assertRejected(user, command));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SETNX sg:partitions 16",
                "SET sg:partitions 16",
                "HSET sg:{0}:t:acme:totals accepted 1",
                "XADD sg:{0}:stream * p x",
                "XREADGROUP GROUP aggregators c STREAMS sg:{0}:stream >",
                "XACK sg:{0}:stream aggregators 1-1",
                "XDEL sg:{0}:stream 1-1",
                "UNLINK sg:{0}:t:acme:f:a",
                "EXPIRE sg:{0}:t:acme:f:a 1",
                "EVAL return 0",
                "EVAL return 1 sg:{0}:stream",
                "HSET sg:{tenants}:records acme x",
                "ZADD sg:{tenants}:changed 1 acme",
                "GET sg:{0}:idem:acme:k"
            })
    void query_mayNotWrite(String command) {
        assertRejected("streamgauge-query", command);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "XREADGROUP GROUP aggregators c STREAMS sg:{0}:stream >",
                "XACK sg:{0}:stream aggregators 1-1",
                "XDEL sg:{0}:stream 1-1",
                "HGETALL sg:{0}:t:acme:f:a",
                "HGET sg:{0}:t:acme:f:a x",
                "HMGET sg:{0}:t:acme:f:a x",
                "HSCAN sg:{0}:t:acme:f:a 0",
                "HSET sg:{0}:t:acme:f:a x y",
                "SET sg:{0}:t:acme:f:a x",
                "PEXPIRE sg:{0}:t:acme:f:a 1",
                "HDEL sg:{0}:t:acme:f:a x",
                "UNLINK sg:{0}:t:acme:f:a",
                "XADD sg:{0}:dead * p x",
                "XRANGE sg:{0}:dead - +",
                "XADD sg:{0}:t:acme:dead * p x",
                "HSET sg:{tenants}:records acme x",
                "EVAL return 1 1 sg:{tenants}:records"
            })
    void ingest_mayNotFold(String command) {
        assertRejected("streamgauge-ingest", command);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET sg:{0}:idem:acme:k", "SET sg:{0}:idem:acme:k x", "SET sg:partitions 8", "WAIT 1 1"})
    void aggregator_mayNotAdmit(String command) {
        assertRejected("streamgauge-aggregator", command);
    }

    /** If all commands were rejected, the tests above would prove nothing. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        streamgauge-ingest     | HSET sg:{0}:t:acme:totals accepted 1
        streamgauge-ingest     | XADD sg:{0}:stream * p x
        streamgauge-ingest     | HSETNX sg:{0}:t:acme:f:a labels r
        streamgauge-ingest     | HEXISTS sg:{0}:t:acme:f:a labels
        streamgauge-ingest     | HLEN sg:{0}:t:acme:f:a
        streamgauge-ingest     | WAIT 0 1
        streamgauge-aggregator | HSET sg:{0}:t:acme:f:a labels x
        streamgauge-aggregator | XADD sg:{0}:dead * p x
        streamgauge-aggregator | HSET sg:{tenants}:records acme x
        streamgauge-ingest     | HGET sg:{tenants}:records acme
        streamgauge-query      | HGET sg:{tenants}:records acme
        streamgauge-query      | HSCAN sg:{0}:t:acme:f:a 0
        streamgauge-query      | XREVRANGE sg:{0}:t:acme:dead + -
        streamgauge-standalone | SET sg:{0}:idem:acme:k x
        """)
    void role_mayDoItsOwn(String user, String command) {
        assertThatCode(() -> as(user, command.split(" "))).doesNotThrowAnyException();
    }

    /** A script gives no more rights: its commands need the same. */
    @Test
    void script_hasOnlyTheRightsOfItsCaller() {
        assertThatThrownBy(() -> as(
                        "streamgauge-ingest",
                        "EVAL",
                        "return redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)",
                        "1",
                        "sg:{0}:stream"))
                .hasMessageContaining("user executing the script can't");
        for (String call : List.of("'HGET', KEYS[1], 'x'", "'HSET', KEYS[1], 'x', 'y'", "'UNLINK', KEYS[1]")) {
            assertThatThrownBy(() -> as(
                            "streamgauge-ingest", "EVAL", "return redis.call(" + call + ")", "1", "sg:{0}:t:acme:f:a"))
                    .hasMessageContaining("user executing the script can't");
        }
        assertThatThrownBy(() -> as("streamgauge-aggregator", "EVAL", "return redis.call('GET', 'other')", "0"))
                .hasMessageContaining("user executing the script can't");
    }

    @Test
    void grants_areOnlyWhatTheCodeCalls() throws IOException {
        TreeSet<String> called = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file);
                Stream.of(CALL_OF_SCRIPT, CALL_OF_CLASS)
                        .flatMap(call -> call.matcher(text).results())
                        .map(match -> match.group(1).toLowerCase(Locale.ROOT))
                        .forEach(called::add);
            }
        }

        List<String> unused = new ArrayList<>();
        RedisUsers.template()
                .lines()
                .filter(line -> ROLES.contains(line.split(" ", 3)[1]))
                .forEach(line -> GRANT.matcher(line)
                        .results()
                        .map(MatchResult::group)
                        .filter(grant -> !called.contains(grant.substring(1)))
                        .forEach(grant -> unused.add(line.split(" ", 3)[1] + " " + grant)));

        assertThat(called).isNotEmpty();
        assertThat(unused).isEmpty();
    }
}
