package dev.streamgauge.redis.admission;

import static dev.streamgauge.core.snapshot.MetricType.COUNTER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.streamgauge.redis.Await;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Under the terms of the profile {@code replicated}, an answer is sent only once a replica has what it confirms. */
class ReplicatedAdmissionTest {

    /** So long that a replica that runs confirms, however busy the machine is. */
    private static final Duration LONG = Duration.ofSeconds(20);

    private static final Duration SHORT = Duration.ofMillis(300);
    private static final String STREAM = AdmissionDesk.KEYSPACE.stream(0);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private RedisServer primary;
    private RedisServer replica;
    private RedisConnections connections;

    @BeforeEach
    void startBoth() {
        primary = RedisServer.builder()
                .directives("repl-diskless-sync yes", "repl-diskless-sync-delay 0")
                .build()
                .start();
        replica = RedisServer.builder()
                .directives("replicaof 127.0.0.1 " + primary.port())
                .build()
                .start();
        Await.until(
                Duration.ofSeconds(20),
                () -> String.valueOf(primary.command("INFO", "replication")).contains("state=online"));
        connections = redis.connectionsTo(primary.url(), LONG.multipliedBy(2));
    }

    @AfterEach
    void stopBoth() {
        replica.resume();
        replica.close();
        primary.close();
    }

    private static AdmissionRequest request() {
        return Push.of("acme")
                .family("orders_total", COUNTER)
                .key("k1", "body", "the first answer")
                .build();
    }

    private List<AdmissionAnswer> admit(AdmissionRequest request) {
        return admit(request, LONG);
    }

    private List<AdmissionAnswer> admit(AdmissionRequest request, Duration replicaWait) {
        return new AdmissionScript(
                        new SingleServer(connections, AdmissionDesk.KEYSPACE),
                        new AdmissionTerms(1_000_000, Optional.of(replicaWait)))
                .call(0, MemoryPressure.NONE, List.of(request))
                .await()
                .indefinitely(); // the connection has a deadline
    }

    private RedisFailure failureOf(AdmissionRequest request) {
        return catchThrowableOfType(RedisFailure.class, () -> admit(request, SHORT));
    }

    @Test
    void call_answersStored_onceTheReplicaHasIt() {
        List<AdmissionAnswer> answers = admit(request());

        assertThat(answers).singleElement().isInstanceOf(AdmissionAnswer.Stored.class);
        assertThat(replica.command("XLEN", STREAM)).isEqualTo(1L);
    }

    @Test
    void call_failsInTimeAndHasStored_whenNoReplicaConfirms() {
        admit(Push.of("other").build());
        replica.pause();

        RedisFailure failure = failureOf(request());

        assertThat(failure.kind()).isEqualTo(RedisFailure.Kind.UNREPLICATED);
        assertThat(primary.command("XLEN", STREAM)).isEqualTo(2L);
    }

    @Test
    void call_failsAgain_whenRepeatedWhileNoReplicaConfirms() {
        replica.pause();
        failureOf(request());

        RedisFailure again = failureOf(request());

        assertThat(again.kind()).isEqualTo(RedisFailure.Kind.UNREPLICATED);
    }

    @Test
    void call_replaysWithoutStoringAgain_onceTheReplicaIsBack() {
        replica.pause();
        failureOf(request());
        replica.resume();

        List<AdmissionAnswer> answers = admit(request());

        assertThat(answers).singleElement().isInstanceOf(AdmissionAnswer.Replay.class);
        assertThat(replica.command("XLEN", STREAM)).isEqualTo(1L);
    }

    @Test
    void call_writesWhenItReplays_butKeepsTheKeysTime() {
        String key = AdmissionDesk.KEYSPACE.idempotency(request().tenant(), "k1");
        admit(request());
        primary.command("PEXPIRE", key, "300000");
        long written = replicationOffset();

        admit(request());

        assertThat(replicationOffset()).isGreaterThan(written);
        assertThat((Long) Objects.requireNonNull(primary.command("PTTL", key))).isBetween(290_000L, 300_000L);
    }

    @Test
    void call_waitsForNoReplica_whenItStoredNothing() {
        replica.pause();

        List<AdmissionAnswer> answers =
                admit(Push.of("acme").samples(0).entries(0).build());

        assertThat(answers).containsExactly(new AdmissionAnswer.Nothing());
    }

    private long replicationOffset() {
        return String.valueOf(primary.command("INFO", "replication"))
                .lines()
                .filter(line -> line.startsWith("master_repl_offset:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                .findFirst()
                .orElseThrow();
    }
}
