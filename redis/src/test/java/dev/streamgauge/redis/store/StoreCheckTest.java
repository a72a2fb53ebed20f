package dev.streamgauge.redis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.redis.Await;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.store.StoreCheck.Finding;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisServer;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreCheckTest {

    private static final RoleCalls NO_CALLS = new RoleCalls(List.of());

    private static final Duration LONG = Duration.ofSeconds(10);

    private static final String PARTITION_COUNT = "sg:partitions";

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    @BeforeEach
    void makeDurable() {
        redis.configure("appendfsync", "always");
    }

    private static List<Requirement> standard() {
        return List.of(
                Requirement.of("maxmemory-policy", "noeviction"),
                Requirement.of("appendonly", "yes"),
                Requirement.of("appendfsync", "always"));
    }

    private StoreCheck check(int partitions) {
        return new StoreCheck(redis.topology(new Keyspace(partitions)));
    }

    @Test
    void check_findsNoFlaw_whenRedisIsFit() {
        Finding finding = check(16).check(standard(), NO_CALLS);

        assertThat(finding.flaws()).isEmpty();
        assertThat(finding.version()).matches("\\d+\\.\\d+\\.\\d+");
    }

    @ParameterizedTest
    @CsvSource({"maxmemory-policy, allkeys-lru, noeviction", "appendonly, no, yes", "appendfsync, everysec, always"})
    void check_namesTheSetting_whenItIsWrong(String setting, String actual, String needed) {
        redis.configure(setting, actual);

        Finding finding = check(16).check(standard(), NO_CALLS);

        assertThat(finding.flaws())
                .containsExactly("Redis has " + setting + "=" + actual + "; set " + setting + " " + needed);
    }

    @Test
    void check_namesEveryFlaw_whenThereAreSeveral() {
        redis.command("SET", PARTITION_COUNT, "8");
        redis.configure("maxmemory-policy", "volatile-ttl");
        redis.configure("appendfsync", "no");

        Finding finding = check(16).check(standard(), NO_CALLS);

        assertThat(String.join("\n", finding.flaws())).isEqualTo("""
            Redis has maxmemory-policy=volatile-ttl; set maxmemory-policy noeviction
            Redis has appendfsync=no; set appendfsync always
            Redis holds 8 partitions and streamgauge.partitions is 16; set it to 8\
            """);
    }

    @Test
    void check_looksAtNoSetting_whenNoneIsRequired() {
        redis.configure("appendfsync", "no");

        Finding finding = check(16).check(List.of(), NO_CALLS);

        assertThat(finding.flaws()).isEmpty();
    }

    @Test
    void check_namesTheSetting_whenRedisDoesNotHaveIt() {
        Finding finding = check(16).check(List.of(Requirement.of("no-such-setting", "yes")), NO_CALLS);

        assertThat(finding.flaws()).containsExactly("Redis has no-such-setting=; set no-such-setting yes");
    }

    /** As a managed server does. */
    @Test
    void check_saysWhatToDo_whenThereIsNoConfig() {
        try (RedisServer server = RedisServer.builder()
                        .directives("rename-command CONFIG \"\"")
                        .build()
                        .start();
                RedisConnections connections = redis.connectionsTo(server.url(), LONG)) {

            Finding finding = new StoreCheck(new SingleServer(connections, new Keyspace(16)))
                    .check(List.of(Requirement.of("appendfsync", "always")), NO_CALLS);

            assertThat(finding.flaws())
                    .containsExactly("Redis forbids CONFIG GET appendfsync; allow it, or set"
                            + " streamgauge.durability-check=off if appendfsync is always");
        }
    }

    private static List<Requirement> replicated() {
        return List.of(
                Requirement.of("maxmemory-policy", "noeviction"),
                Requirement.of("appendonly", "yes"),
                Requirement.of("appendfsync", "always"),
                new Requirement("min-replicas-to-write", value -> !value.equals("0"), "1"));
    }

    private Finding checkAsRole(List<Requirement> required, String... directives) {
        String[] all = Arrays.copyOf(directives, directives.length + 1);
        all[directives.length] = "user default on nopass ~* &* +@all -config";
        try (RedisServer server = RedisServer.builder().directives(all).build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), LONG)) {
            return new StoreCheck(new SingleServer(connections, new Keyspace(16))).check(required, NO_CALLS);
        }
    }

    @Test
    void check_namesWhatItCouldNotCheck_whenTheUserMayNotReadSettings() {
        Finding finding = checkAsRole(standard());

        assertThat(finding.flaws()).isEmpty();
        assertThat(finding.unchecked()).containsExactly("appendfsync=always");
    }

    @ParameterizedTest
    @CsvSource({
        "maxmemory-policy allkeys-lru, Redis has maxmemory-policy=allkeys-lru; set maxmemory-policy noeviction",
        "appendonly no, Redis has appendonly=no; set appendonly yes",
        "min-replicas-to-write 0, Redis has min-replicas-to-write=0; set min-replicas-to-write 1"
    })
    void check_namesTheSetting_whenItIsWrongAndOnlyInfoTells(String directive, String flaw) {
        Finding finding = checkAsRole(replicated(), "min-replicas-to-write 1", directive);

        assertThat(finding.flaws()).containsExactly(flaw);
    }

    @Test
    void check_waitsForAnotherRole_whenNothingIsRecordedAndTheUserMayOnlyRead() {
        try (RedisServer server = RedisServer.builder()
                        .directives("user default on nopass resetkeys %R~* +@all")
                        .build()
                        .start();
                RedisConnections connections = redis.connectionsTo(server.url(), LONG)) {

            assertThatThrownBy(() ->
                            new StoreCheck(new SingleServer(connections, new Keyspace(16))).check(standard(), NO_CALLS))
                    .isInstanceOfSatisfying(
                            RedisFailure.class,
                            failure -> assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.UNAVAILABLE))
                    .hasMessageContaining("start an ingest-api or an aggregator");
        }
    }

    @Test
    void check_namesTheRole_whenRedisIsAReplica() {
        try (RedisServer server = RedisServer.builder().build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), LONG)) {
            server.command("REPLICAOF", "127.0.0.1", "1");

            Finding finding =
                    new StoreCheck(new SingleServer(connections, new Keyspace(16))).check(standard(), NO_CALLS);

            assertThat(finding.flaws()).containsExactly("Redis is a slave; point quarkus.redis.hosts at the primary");
        }
    }

    @ParameterizedTest
    @CsvSource({"2.8.24, 1", "5.0.14, 1", "6.2.14, 1", "7.0.0, 0", "8.2.1, 0", "10.0.0, 0", "unstable, 1"})
    void check_namesTheVersion_whenItIsTooOld(String version, int flaws) throws IOException {
        try (OldRedis server = new OldRedis(version)) {

            Finding finding = new StoreCheck(
                            new SingleServer(redis.connectionsTo(server.url(), LONG), new Keyspace(16)))
                    .check(List.of(), NO_CALLS);

            assertThat(finding.version()).isEqualTo(version);
            assertThat(finding.flaws())
                    .hasSize(flaws)
                    .allMatch(flaw -> flaw.equals("Redis " + version + " is too old; use 7.0 or newer, or Valkey"));
        }
    }

    @Test
    void check_recordsThePartitions_whenTheFirstTime() {
        check(16).check(standard(), NO_CALLS);

        Object recorded = redis.command("GET", PARTITION_COUNT);

        assertThat(recorded).isEqualTo("16");
    }

    @Test
    void check_recordsNothing_whenRedisIsUnfit() {
        redis.configure("appendfsync", "no");

        check(16).check(standard(), NO_CALLS);

        assertThat(redis.dump()).isEmpty();
    }

    @Test
    void check_findsNoFlaw_whenThePartitionsAreStillTheSame() {
        check(16).check(standard(), NO_CALLS);

        Finding again = check(16).check(standard(), NO_CALLS);

        assertThat(again.flaws()).isEmpty();
    }

    @Test
    void check_keepsTheRecord_whenThePartitionsDiffer() {
        check(16).check(standard(), NO_CALLS);

        Finding finding = check(8).check(standard(), NO_CALLS);

        assertThat(finding.flaws())
                .containsExactly("Redis holds 16 partitions and streamgauge.partitions is 8; set it to 16");
        assertThat(redis.command("GET", PARTITION_COUNT)).isEqualTo("16");
    }

    @Test
    void check_findsNoFlaw_whenRedisIsFullAndThePartitionsAreRecorded() {
        check(16).check(standard(), NO_CALLS);
        redis.fill();

        Finding finding = check(16).check(standard(), NO_CALLS);

        assertThat(finding.flaws()).isEmpty();
    }

    @Test
    void check_fails_whenRedisIsFullAndThePartitionsAreNotRecorded() {
        redis.fill();

        assertThatThrownBy(() -> check(16).check(standard(), NO_CALLS))
                .isInstanceOfSatisfying(
                        RedisFailure.class,
                        failure -> assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.FULL));
    }

    @Test
    void check_keepsARecordOfItsOwn_whenThePrefixIsAnother() {
        check(16).check(standard(), NO_CALLS);

        Finding other = new StoreCheck(redis.topology(new Keyspace(8, "staging"))).check(standard(), NO_CALLS);

        assertThat(other.flaws()).isEmpty();
        assertThat(redis.command("GET", "staging:partitions")).isEqualTo("8");
        assertThat(redis.command("GET", PARTITION_COUNT)).isEqualTo("16");
    }

    @Test
    void check_fails_whenTheRecordIsOfAnotherType() {
        redis.command("RPUSH", PARTITION_COUNT, "16");

        assertThatThrownBy(() -> check(16).check(standard(), NO_CALLS))
                .isInstanceOf(RedisFailure.class)
                .hasMessageStartingWith("WRONGTYPE");
    }

    @Test
    void check_leavesNoConnectionOpen() {
        try (RedisServer server = RedisServer.builder().build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), LONG)) {

            new StoreCheck(new SingleServer(connections, new Keyspace(16))).check(standard(), NO_CALLS);

            Await.until(
                    LONG,
                    () -> String.valueOf(server.command("CLIENT", "LIST"))
                                    .lines()
                                    .count()
                            == 1);
        }
    }
}
