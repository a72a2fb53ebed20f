package dev.streamgauge.redis.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.streamgauge.redis.Await;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisFailure.Kind;
import dev.streamgauge.testkit.RedisServer;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.operators.AbstractUni;
import io.smallrye.mutiny.subscription.UniSubscriber;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The shared connection, and calls made while it cannot be opened. */
class RedisConnectionsTest {

    private static final Duration DEADLINE = Duration.ofMillis(500);

    /** A failure that takes longer than this did not come from a deadline. */
    private static final Duration SLACK = Duration.ofSeconds(10);

    private static final Duration LONG = Duration.ofSeconds(10);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private static Request ping() {
        return Request.cmd(Command.PING);
    }

    private static RedisFailure failureOf(Uni<?> call) {
        return catchThrowableOfType(RedisFailure.class, () -> call.await().atMost(SLACK));
    }

    private static boolean answers(RedisConnections connections) {
        return connections
                .send(ping())
                .map(answer -> true)
                .onFailure()
                .recoverWithItem(false)
                .await()
                .indefinitely();
    }

    private static long connections(RedisServer server) {
        return String.valueOf(server.command("CLIENT", "LIST")).lines().count() - 1; // without the one that asks
    }

    @Test
    void connections_openNothing_untilTheyAreUsed() {
        try (RedisServer server = RedisServer.builder().build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), LONG)) {

            long atFirst = connections(server);
            connections.send(ping()).await().indefinitely();

            assertThat(atFirst).isZero();
            assertThat(connections(server)).isEqualTo(1);
        }
    }

    @Test
    void send_sharesOneConnection_whenManyCallBeforeItIsOpen() {
        try (RedisServer server = RedisServer.builder().build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), LONG)) {
            List<CompletableFuture<Response>> calls = IntStream.range(0, 1_000)
                    .parallel()
                    .mapToObj(i ->
                            connections.send(Request.cmd(Command.INCR).arg("n")).subscribeAsCompletionStage())
                    .toList();

            List<Long> answers =
                    calls.stream().map(call -> call.join().toLong()).sorted().toList();

            assertThat(answers)
                    .isEqualTo(LongStream.rangeClosed(1, 1_000).boxed().toList());
            assertThat(connections(server)).isEqualTo(1);
        }
    }

    @Test
    void send_opensAnotherConnection_whenTheSharedOneMissedADeadline() {
        try (RedisServer server = RedisServer.builder().build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), DEADLINE)) {
            connections.send(ping()).await().indefinitely();
            server.pause();
            RedisFailure failure =
                    failureOf(connections.send(Request.cmd(Command.ECHO).arg("late answer")));
            server.resume();

            Await.until(SLACK, () -> answers(connections));
            Response answer = connections
                    .send(Request.cmd(Command.ECHO).arg("next call"))
                    .await()
                    .indefinitely();

            assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
            assertThat(answer).hasToString("next call");
            Await.until(SLACK, () -> connections(server) == 1);
        }
    }

    @Test
    void send_failsWithinTheDeadline_whenRedisHangsBeforeTheConnectionIsOpen() {
        try (RedisServer server = RedisServer.builder().build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), DEADLINE)) {
            server.pause();

            RedisFailure failure = failureOf(connections.send(ping()));

            assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
            server.resume();
            Await.until(SLACK, () -> answers(connections));
            Await.until(SLACK, () -> connections(server) == 1);
        }
    }

    @Test
    void send_worksAgain_whenRedisWasKilledAndRestarted() {
        try (RedisServer server = RedisServer.builder().build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), LONG)) {
            connections.send(Request.cmd(Command.SET).arg("k").arg("v")).await().indefinitely();
            server.kill();
            RedisFailure whileDown = failureOf(connections.send(ping()));
            server.restart();

            Await.until(SLACK, () -> answers(connections));
            Response answer =
                    connections.send(Request.cmd(Command.GET).arg("k")).await().indefinitely();

            assertThat(whileDown.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(answer).hasToString("v");
        }
    }

    @Test
    void send_isUnreachableAtOnce_whenNothingListens() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        RedisConnections connections = redis.connectionsTo("redis://127.0.0.1:" + port, Duration.ofMinutes(1));

        RedisFailure failure = failureOf(connections.send(ping())); // long before the deadline of a minute

        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(failureOf(connections.open()).kind()).isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    void send_failsWithinTheDeadline_whenRedisTakesNoMoreClients_andWorksOnceItDoes() {
        try (RedisServer server =
                        RedisServer.builder().directives("maxclients 1").build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), DEADLINE)) {
            RedisFailure failure;
            try (var taken = server.connect()) {
                assertThat(taken.command("PING")).isEqualTo("PONG");

                failure = failureOf(connections.send(ping()));
            }

            assertThat(failure.kind()).isIn(Kind.UNREACHABLE, Kind.TIMEOUT);
            Await.until(SLACK, () -> answers(connections));
        }
    }

    @Test
    void send_isUnavailable_whileRedisLoads() {
        // 6,000 commands of half a millisecond; Redis answers in between, at every 1,024th.
        try (RedisServer server = RedisServer.builder()
                        .directives("aof-use-rdb-preamble no", "key-load-delay 500")
                        .build()
                        .start();
                RedisConnections connections = redis.connectionsTo(server.url(), LONG)) {
            server.command("EVAL", "for i = 1, 6000 do redis.call('SET', i, i) end", "0");
            server.kill();
            CompletableFuture<Void> restart = CompletableFuture.runAsync(server::restart);
            AtomicReference<RedisFailure> loading = new AtomicReference<>();

            Await.until(LONG, () -> {
                RedisFailure failure =
                        failureOf(connections.send(Request.cmd(Command.GET).arg("1")));
                loading.set(failure);
                return failure == null || failure.kind() == Kind.UNAVAILABLE;
            });

            restart.join();
            assertThat(loading.get()).hasMessageStartingWith("LOADING");
            assertThat(connections
                            .send(Request.cmd(Command.GET).arg("6000"))
                            .await()
                            .indefinitely())
                    .hasToString("6000");
        }
    }

    @Test
    void send_isUnavailable_whenRedisIsAReplica() {
        try (RedisServer server = RedisServer.builder().build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), LONG)) {
            server.command("REPLICAOF", "127.0.0.1", "1");

            RedisFailure failure =
                    failureOf(connections.send(Request.cmd(Command.SET).arg("k").arg("v")));

            assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
            assertThat(failure).hasMessageStartingWith("READONLY");
        }
    }

    @Test
    void send_isUnavailable_whenReplicasAreMissing() {
        redis.configure("min-replicas-to-write", "1");

        RedisFailure failure = failureOf(
                redis.connections().send(Request.cmd(Command.SET).arg("k").arg("v")));

        assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(failure).hasMessageStartingWith("NOREPLICAS");
    }

    @Test
    void open_givesEachCallerAConnectionOfItsOwn() {
        try (RedisServer server = RedisServer.builder().build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), LONG)) {
            List<RedisConnection> opened = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                opened.add(connections.open().await().indefinitely());
            }

            opened.get(0).close();
            opened.get(1).close();

            Await.until(SLACK, () -> connections(server) == 1);
            assertThat(opened.get(2).send(ping()).await().indefinitely()).hasToString("PONG");
        }
    }

    @Test
    void close_breaksTheSharedConnection() {
        try (RedisServer server = RedisServer.builder().build().start()) {
            RedisConnections connections = redis.connectionsTo(server.url(), LONG);
            connections.send(ping()).await().indefinitely();

            connections.close();

            Await.until(SLACK, () -> connections(server) == 0);
        }
    }

    @Test
    void connections_openNothing_onceTheyOrTheirOriginAreClosed() {
        try (RedisServer server = RedisServer.builder().build().start()) {
            RedisConnections origin = redis.connectionsTo(server.url(), LONG);
            RedisConnections apart = origin.apart();
            RedisConnections closedAlone = origin.apart();

            closedAlone.close();
            RedisFailure afterItsOwnEnd = failureOf(closedAlone.send(ping()));
            boolean othersAnswer = answers(apart);
            origin.close();

            assertThat(afterItsOwnEnd).hasMessage("connections are closed");
            assertThat(othersAnswer).isTrue();
            assertThat(failureOf(origin.send(ping())).kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(failureOf(origin.open())).hasMessage("connections are closed");
            assertThat(failureOf(apart.open())).hasMessage("connections are closed");
        }
    }

    /** A call that cannot be canceled, and ends when its subscriber says so. */
    private static Uni<Response> endedBy(CompletableFuture<UniSubscriber<? super Response>> subscribed) {
        return new AbstractUni<>() {
            @Override
            public void subscribe(UniSubscriber<? super Response> subscriber) {
                subscriber.onSubscribe(() -> {});
                subscribed.complete(subscriber);
            }
        };
    }

    /** Mutiny would hand it to its handler of dropped exceptions, and that of Quarkus logs an error. */
    @Test
    void failure_isIgnored_whenItComesAfterTheDeadline() {
        Queue<Throwable> dropped = new ConcurrentLinkedQueue<>();
        Infrastructure.setDroppedExceptionHandler(dropped::add);
        try (RedisServer server = RedisServer.builder().build().start();
                RedisConnections connections = redis.connectionsTo(server.url(), DEADLINE)) {
            CompletableFuture<UniSubscriber<? super Response>> call = new CompletableFuture<>();
            RedisFailure late = new RedisFailure(Kind.TIMEOUT, "late");

            RedisFailure inTime = failureOf(connections.onShared(connection -> endedBy(call)));
            call.join().onFailure(late);

            assertThat(inTime).hasMessageStartingWith("neither connection nor answer within");
            assertThat(dropped).doesNotContain(late);
        } finally {
            Infrastructure.resetDroppedExceptionHandler();
        }
    }
}
