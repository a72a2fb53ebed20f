package dev.streamgauge.server.store;

import static dev.streamgauge.server.TestRedis.DEADLINE;
import static dev.streamgauge.server.TestRedis.KEYSPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.redis.store.RoleCalls;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.server.Settings;
import dev.streamgauge.server.TestRedis;
import dev.streamgauge.testkit.FaultProxy;
import dev.streamgauge.testkit.LogRecorder;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StartupCheckTest {

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private static final Duration AT_ONCE = Duration.ofMillis(1);

    /** Longer than any test. */
    private static final Duration NEVER = Duration.ofDays(1);

    private static final String PARTITIONS = "sg:partitions";
    private static final RoleCalls CALLS = RoleCalls.of(List.of("ingest", "aggregator", "query"));

    private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
    private final BlockingQueue<Integer> exits = new LinkedBlockingQueue<>();
    private final List<StartupCheck> checks = new ArrayList<>();
    private final LogRecorder log = LogRecorder.of(StartupCheck.class);
    private final Map<String, String> changedSettings = new LinkedHashMap<>();

    @AfterEach
    void restore() throws InterruptedException {
        log.close();
        checks.forEach(check -> check.drain(new ShutdownDelayInitiatedEvent()));
        background.shutdown();
        background.awaitTermination(DEADLINE.toSeconds(), TimeUnit.SECONDS); // before another test looks at the log
        changedSettings.forEach((setting, before) -> REDIS.server().command("CONFIG", "SET", setting, before));
    }

    /** Changes a setting of Redis until the end of the test. */
    private void configure(String setting, String value) {
        List<?> before = (List<?>) REDIS.server().command("CONFIG", "GET", setting);
        changedSettings.putIfAbsent(setting, String.valueOf(before.get(1)));
        REDIS.server().command("CONFIG", "SET", setting, value);
    }

    private StartupCheck check(RedisConnections connections, Duration retry, String... settings) {
        StartupCheck check = new StartupCheck(
                Settings.of(settings), new SingleServer(connections, KEYSPACE), CALLS, retry, background, exits::add);
        checks.add(check);
        return check;
    }

    /** A check of the server, which never retries. */
    private StartupCheck check(String... settings) {
        return check(REDIS.connections(), NEVER, settings);
    }

    private static StartupCheck started(StartupCheck check) {
        check.start(new StartupEvent());
        return check;
    }

    private static FaultProxy proxy() {
        return REDIS.closedAfterwards(FaultProxy.to(REDIS.server().port()));
    }

    private static RedisConnections connectionsTo(FaultProxy proxy) {
        return REDIS.connectionsTo("redis://127.0.0.1:" + proxy.port());
    }

    /** Connections of a user who may only read, and so cannot record the number of partitions in an unused Redis. */
    private static RedisConnections connectionsOfReader() {
        REDIS.server().command("ACL", "SETUSER", "reader", "on", ">secret", "%R~*", "+@all");
        return REDIS.connectionsTo(
                "redis://reader:secret@127.0.0.1:" + REDIS.server().port());
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    private List<String> logged(String level) {
        return log.lines().stream().filter(line -> line.startsWith(level + " ")).toList();
    }

    @Test
    void start_opens_whenRedisIsFit() throws InterruptedException {
        StartupCheck check = check();
        assertThat(check.isOpen()).isFalse();
        assertThat(check.redisVersion()).isEqualTo("unknown");

        check.start(new StartupEvent());

        assertThat(check.isOpen()).isTrue();
        assertThat(check.awaitOpen()).isTrue();
        assertThat(check.redisVersion()).matches("\\d+\\.\\d+\\.\\d+");
        assertThat(REDIS.server().command("GET", PARTITIONS)).isEqualTo("16");
        assertThat(logged("INFO"))
                .containsExactly("INFO redis state=fit version=" + check.redisVersion() + " durability=STANDARD");
    }

    /**
     * Which values each profile rejects, and which value it advises instead. Without advice the value is accepted. All
     * other settings suit every profile.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            standard   | maxmemory-policy          | volatile-ttl | noeviction
            standard   | appendonly                | no           | yes
            standard   | appendfsync               | no           | always
            standard   | appendfsync               | everysec     | always
            standard   | no-appendfsync-on-rewrite | yes          | no
            standard   | min-replicas-to-write     | 0            |
            fast       | maxmemory-policy          | volatile-ttl | noeviction
            fast       | appendonly                | no           | yes
            fast       | appendfsync               | no           | everysec
            fast       | appendfsync               | everysec     |
            fast       | no-appendfsync-on-rewrite | yes          |
            fast       | min-replicas-to-write     | 0            |
            replicated | maxmemory-policy          | volatile-ttl | noeviction
            replicated | appendonly                | no           | yes
            replicated | appendfsync               | no           | always
            replicated | appendfsync               | everysec     | always
            replicated | no-appendfsync-on-rewrite | yes          | no
            replicated | min-replicas-to-write     | 0            | 1
            replicated | min-replicas-to-write     | 2            |
            """)
    void start_checksWhatTheProfileNeeds(String profile, String setting, String value, String advised) {
        REDIS.server().command("SET", PARTITIONS, "16");
        configure("min-replicas-to-write", "1");
        configure(setting, value);
        StartupCheck check = check("durability", profile);

        if (advised == null) {
            check.start(new StartupEvent());
        } else {
            assertThatThrownBy(() -> check.start(new StartupEvent()))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessage("Redis cannot be the store: Redis has " + setting + "=" + value + "; set " + setting
                            + " " + advised);
        }

        assertThat(check.isOpen()).isEqualTo(advised == null);
    }

    @Test
    void start_namesEveryFlaw_whenThereAreSeveral() {
        REDIS.server().command("SET", PARTITIONS, "8");
        configure("appendfsync", "no");
        StartupCheck check = check();

        assertThatThrownBy(() -> check.start(new StartupEvent()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("Redis cannot be the store: Redis has appendfsync=no; set appendfsync always;"
                        + " Redis holds 8 partitions and streamgauge.partitions is 16; set it to 8");
        assertThat(check.isOpen()).isFalse();
        assertThat(check.redisVersion()).isEqualTo("unknown");
    }

    @Test
    void start_opensWithoutAskingForSettings_whenTheCheckIsOff() {
        configure("appendfsync", "no");
        StartupCheck check = check("durability-check", "off");

        check.start(new StartupEvent());

        assertThat(check.isOpen()).isTrue();
    }

    @Test
    void start_stillChecksThePartitions_whenTheCheckIsOff() {
        REDIS.server().command("SET", PARTITIONS, "8");
        StartupCheck check = check("durability-check", "off");

        assertThatThrownBy(() -> check.start(new StartupEvent()))
                .hasMessage("Redis cannot be the store: Redis holds 8 partitions and streamgauge.partitions is 16; set"
                        + " it to 8");
    }

    @Test
    void start_saysWhyItWaits_whenRedisIsNotThere() {
        FaultProxy proxy = proxy();
        proxy.rejectNewConnections();

        StartupCheck check = started(check(connectionsTo(proxy), NEVER));

        assertThat(check.isOpen()).isFalse();
        assertThat(logged("WARN"))
                .last()
                .asString()
                .startsWith("WARN redis state=awaited kind=UNREACHABLE message=")
                .contains("Connection refused");
        assertThat(exits).isEmpty();
    }

    @Test
    void start_saysWhyItWaits_whenRedisDoesNotAnswer() {
        FaultProxy proxy = proxy();
        proxy.replies(new FaultProxy.Hang());
        RedisConnections impatient = REDIS.connectionsTo("redis://127.0.0.1:" + proxy.port(), Duration.ofMillis(20));

        StartupCheck check = started(check(impatient, NEVER));

        assertThat(check.isOpen()).isFalse();
        assertThat(logged("WARN")).last().asString().startsWith("WARN redis state=awaited kind=TIMEOUT message=no ");
    }

    @Test
    void start_saysWhyItWaits_whenAnotherRoleMustStartFirst() {
        StartupCheck check = started(check(connectionsOfReader(), NEVER));

        assertThat(check.isOpen()).isFalse();
        assertThat(logged("WARN"))
                .last()
                .asString()
                .startsWith("WARN redis state=awaited kind=UNAVAILABLE message=nothing is recorded in Redis yet");
    }

    @Test
    void start_triesUntilRedisIsThere() throws Exception {
        FaultProxy proxy = proxy();
        proxy.rejectNewConnections();
        StartupCheck check = started(check(connectionsTo(proxy), AT_ONCE));
        Future<Boolean> opened = background.submit(check::awaitOpen);

        proxy.heal();

        assertThat(done(opened)).isTrue();
        assertThat(check.isOpen()).isTrue();
        assertThat(check.redisVersion()).isNotEqualTo("unknown");
    }

    @Test
    void start_saysOnceThatItWaits_howeverOftenItTries() {
        REDIS.server().command("CONFIG", "RESETSTAT");

        started(check(connectionsOfReader(), AT_ONCE));

        await().atMost(DEADLINE).until(() -> attempts() >= 5);
        assertThat(logged("WARN"))
                .filteredOn(line -> line.contains("state=awaited"))
                .hasSize(1);
    }

    /** Each attempt reads the number of partitions once, and nothing else here reads a string. */
    private static long attempts() {
        return Pattern.compile("cmdstat_get:calls=(\\d+)")
                .matcher(String.valueOf(REDIS.server().command("INFO", "commandstats")))
                .results()
                .mapToLong(calls -> Long.parseLong(calls.group(1)))
                .sum();
    }

    @Test
    void start_endsTheProcess_whenRedisTurnsOutUnfitLater() throws InterruptedException {
        configure("appendfsync", "no");
        FaultProxy proxy = proxy();
        proxy.rejectNewConnections();
        StartupCheck check = started(check(connectionsTo(proxy), AT_ONCE));

        proxy.heal();

        assertThat(exits.poll(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isOne();
        assertThat(check.isOpen()).isFalse();
        assertThat(logged("ERROR"))
                .containsExactly("ERROR Redis cannot be the store: Redis has appendfsync=no; set appendfsync always");
    }

    /** A server that answers each command with OK is no Redis. */
    @Test
    void start_endsTheProcess_whenALaterCheckFailsUnexpectedly() throws Exception {
        ServerSocket server = REDIS.closedAfterwards(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        FaultProxy proxy = REDIS.closedAfterwards(FaultProxy.to(server.getLocalPort()));
        proxy.rejectNewConnections();
        StartupCheck check = started(check(connectionsTo(proxy), AT_ONCE));
        proxy.heal();

        try (Socket client = server.accept()) {
            BufferedReader commands =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                if (line.startsWith("*")) {
                    client.getOutputStream().write("+OK\r\n".getBytes(StandardCharsets.US_ASCII));
                }
            }
        }

        assertThat(exits.poll(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isOne();
        assertThat(check.isOpen()).isFalse();
        assertThat(logged("ERROR")).singleElement().asString().isEqualTo("ERROR redis check=failed; this process ends");
    }

    @Test
    void drain_closes() {
        StartupCheck check = started(check());

        check.drain(new ShutdownDelayInitiatedEvent());

        assertThat(check.isOpen()).isFalse();
    }

    @Test
    void stop_closes() {
        StartupCheck check = started(check());

        check.stop(new ShutdownEvent());

        assertThat(check.isOpen()).isFalse();
    }

    @Test
    void drain_endsTheWaitForRedis() throws Exception {
        FaultProxy proxy = proxy();
        proxy.rejectNewConnections();
        StartupCheck check = started(check(connectionsTo(proxy), NEVER));
        Future<Boolean> opened = background.submit(check::awaitOpen);

        check.drain(new ShutdownDelayInitiatedEvent());

        assertThat(done(opened)).isFalse();
        background.shutdown();
        assertThat(background.awaitTermination(DEADLINE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    @Test
    void stop_endsTheWaitForRedis() throws Exception {
        FaultProxy proxy = proxy();
        proxy.rejectNewConnections();
        StartupCheck check = started(check(connectionsTo(proxy), NEVER));
        Future<Boolean> opened = background.submit(check::awaitOpen);

        check.stop(new ShutdownEvent());

        assertThat(done(opened)).isFalse();
        background.shutdown();
        assertThat(background.awaitTermination(DEADLINE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"two words", "Schlüssel", "tab\tstop", "257"})
    void start_fails_whenAConfiguredKeyCannotBeSent(String text) {
        String key = text.equals("257") ? "k".repeat(257) : text;
        for (String setting : List.of("auth.admin-key", "auth.metrics-key")) {
            StartupCheck check = check(setting, key);

            assertThatThrownBy(() -> check.start(new StartupEvent()))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessage(
                            "streamgauge." + setting + ": 1 to 256 visible ASCII characters expected, without spaces");
            assertThat(check.isOpen()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, true", "31, true", "32, false", "256, false"})
    void start_warns_whenAConfiguredKeyCanBeGuessed(int length, boolean warns) {
        for (String setting : List.of("auth.admin-key", "auth.metrics-key")) {
            StartupCheck check = check(setting, "~".repeat(length));

            check.start(new StartupEvent());

            assertThat(check.isOpen()).isTrue();
            assertThat(logged("WARN").stream()
                            .anyMatch(line -> line.startsWith("WARN streamgauge." + setting + ": shorter than 32 ")))
                    .isEqualTo(warns);
            assertThat(log.lines()).noneMatch(line -> line.contains("~"));
        }
    }

    /** Settings, and the beginnings of the warnings that they cause. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            auth.mode=api-key auth.metrics-key=K auth.admin-key=K    |
            auth.mode=api-key auth.metrics-key=K                     | auth mode=api-key
            auth.mode=api-key auth.metrics-key=K tenants-file=a.yaml |
            auth.mode=api-key auth.admin-key=K                       | auth metrics-key=none
            auth.mode=open                                           | auth mode=open
            auth.mode=open auth.metrics-key=K                        | auth mode=open
            auth.mode=open durability=fast                           | auth mode=open, durability profile=fast
            auth.mode=open durability-check=off                      | auth mode=open, durability check=off
            durability=fast durability-check=off                     | auth mode=api-key, auth metrics-key=none, durability profile=fast, durability check=off
            """)
    void start_warnsOfWhatIsTakenOnTrust(String settings, String warnings) {
        String[] namesAndValues = settings.replace("=K", "=" + "k".repeat(32)).split("[= ]", -1);

        started(check(namesAndValues));

        assertThat(logged("WARN"))
                .extracting(line -> line.substring("WARN ".length(), line.indexOf(':')))
                .containsExactly(warnings == null ? new String[] {} : warnings.split(", ", -1));
    }

    @Test
    void start_warns_whenRedisHasNoMemoryLimit() {
        configure("maxmemory", "0");

        started(check("auth.metrics-key", "k".repeat(32), "auth.admin-key", "k".repeat(32)));

        assertThat(logged("WARN"))
                .singleElement()
                .asString()
                .startsWith("WARN redis maxmemory=0: without a limit the system kills Redis when memory runs out");
    }
}
