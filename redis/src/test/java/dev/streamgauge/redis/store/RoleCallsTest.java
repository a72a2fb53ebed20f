package dev.streamgauge.redis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.topology.RedisConnection;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisUsers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The calls of each role are those for which the file for operators grants the rights. */
class RoleCallsTest {

    private static final Keyspace KEYSPACE = new Keyspace(16);
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    /** What the file grants to a user, each grant and each parenthesis a word. */
    private static List<String> grants(String user) {
        String line = RedisUsers.filledIn()
                .lines()
                .filter(each -> each.startsWith("user " + user + " "))
                .findFirst()
                .orElseThrow();
        return Arrays.stream(line.replace("(", "( ").replace(")", " )").split(" "))
                .skip(4)
                .toList();
    }

    private RedisConnections connectionsWith(List<String> grants) {
        String rules = String.join(" ", grants).replace("( ", "(").replace(" )", ")");
        List<String> command = new ArrayList<>(List.of("ACL", "SETUSER", "probe", "reset", "on", ">secret"));
        // A selector is one word, whatever stands in it.
        Stream.of(rules.split(" (?![^(]*\\))")).forEach(command::add);
        redis.command(command.toArray(String[]::new));
        return redis.connectionsTo(redis.url().replace("redis://", "redis://probe:secret@"), DEADLINE);
    }

    private List<String> forbidden(RoleCalls calls, List<String> grants) {
        try (RedisConnections connections = connectionsWith(grants);
                RedisConnection connection = connections.open().await().indefinitely()) {
            return calls.forbidden(connection, KEYSPACE);
        }
    }

    private static RoleCalls callsOf(String role) {
        return RoleCalls.of(role.equals("standalone") ? List.of("ingest", "aggregator", "query") : List.of(role));
    }

    @ParameterizedTest
    @CsvSource({"ingest", "aggregator", "query", "standalone"})
    void nothing_isForbidden_toTheUserOfTheRole(String role) {
        assertThat(forbidden(callsOf(role), grants("streamgauge-" + role))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"ingest", "aggregator", "query", "standalone"})
    void eachGrant_isMissed(String role) {
        List<String> grants = grants("streamgauge-" + role);
        List<String> unmissed = new ArrayList<>();
        for (int i = 0; i < grants.size(); i++) {
            if (grants.get(i).matches("[+~%].*")) {
                List<String> others = new ArrayList<>(grants);
                others.remove(i);
                if (forbidden(callsOf(role), others).isEmpty()) {
                    unmissed.add(grants.get(i));
                }
            }
        }
        assertThat(unmissed).isEmpty();
    }

    @Test
    void forbidden_namesCommandsAndKeys() {
        List<String> grants = new ArrayList<>(grants("streamgauge-aggregator"));
        grants.removeAll(List.of("+xgroup|create", "+object|encoding", "+info"));

        assertThat(forbidden(callsOf("aggregator"), grants))
                .containsExactly(
                        "INFO",
                        "XGROUP CREATE " + KEYSPACE.stream(KEYSPACE.partitionOf(new TenantId("tenant"))),
                        "OBJECT ENCODING " + KEYSPACE.family(new TenantId("tenant"), "family"));
    }

    @Test
    void forbidden_isEveryScript_whereNoneMayRun() {
        List<String> grants = new ArrayList<>(grants("streamgauge-query"));
        grants.removeAll(List.of("+eval_ro", "+evalsha_ro"));

        assertThat(forbidden(callsOf("query"), grants)).containsExactly("EVAL_RO");
    }

    /** A script reports it as it reports unexpected data. */
    @Test
    void callOfAScript_fails_whenItsUserMayNotMakeIt() {
        List<String> grants = new ArrayList<>(grants("streamgauge-query"));
        grants.remove("+hmget");
        try (RedisConnections connections = connectionsWith(grants)) {
            RegistryReader reader = new RegistryReader(new SingleServer(connections, KEYSPACE));

            assertThatThrownBy(() -> reader.readClock(new TenantId("acme")))
                    .isInstanceOfSatisfying(
                            RedisFailure.class,
                            failure -> assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.FORBIDDEN));
        }
    }
}
