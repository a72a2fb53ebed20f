package dev.streamgauge.redis.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.streamgauge.redis.Await;
import dev.streamgauge.redis.RealRedis;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisFailure.Kind;
import dev.streamgauge.testkit.RedisServer;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One connection: its deadline, and that it is never used again once it is out of step. */
class RedisConnectionTest {

    private static final Duration DEADLINE = Duration.ofMillis(500);

    /** A failure that takes longer than this did not come from a deadline. */
    private static final Duration SLACK = Duration.ofSeconds(10);

    @RegisterExtension
    private final RealRedis redis = new RealRedis();

    private static Request ping() {
        return Request.cmd(Command.PING);
    }

    private static Request echo(String text) {
        return Request.cmd(Command.ECHO).arg(text);
    }

    private static RedisFailure failureOf(Uni<?> call) {
        return catchThrowableOfType(RedisFailure.class, () -> call.await().atMost(SLACK));
    }

    private RedisConnection open(String url, Duration deadline) {
        return redis.closedAfterwards(
                redis.connectionsTo(url, deadline).open().await().indefinitely());
    }

    @Test
    void send_failsAtTheDeadline_whenRedisHangs() {
        try (RedisServer server = RedisServer.builder().build().start()) {
            RedisConnection connection = open(server.url(), DEADLINE);
            server.pause();

            RedisFailure failure = failureOf(connection.send(ping()));

            assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
            assertThat(failure).hasMessage("no answer within 500 ms");
            assertThat(connection.isOpen()).isFalse();
        }
    }

    @Test
    void send_getsTheAnswer_whenTheEventLoopWasBusyAtTheDeadline() throws Exception {
        RedisConnection connection = open(redis.url(), DEADLINE);
        CompletableFuture<Response> answer = new CompletableFuture<>();
        CountDownLatch afterTheDeadline = new CountDownLatch(1);

        // The thread that reads the answers is kept busy from the next call on. That call is sent in a turn of its own:
        // what is sent while an answer is read leaves at the end of the read. The first answer comes late, so that
        // it is read after the subscription, and by that thread.
        Request late = Request.cmd(Command.BLPOP).arg("nothing").arg("0.1");
        connection
                .send(late)
                .subscribe()
                .with(nil -> Vertx.currentContext().runOnContext(nothing -> {
                    connection.send(echo("answer")).subscribe().with(answer::complete, answer::completeExceptionally);
                    await(afterTheDeadline);
                }));
        CompletableFuture.delayedExecutor(2 * DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(afterTheDeadline::countDown);

        assertThat(answer.get(10, TimeUnit.SECONDS)).hasToString("answer");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(SLACK.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void send_fails_onceTheConnectionMissedADeadline_evenIfRedisIsBack() {
        try (RedisServer server = RedisServer.builder().build().start()) {
            RedisConnection connection = open(server.url(), DEADLINE);
            server.pause();
            failureOf(connection.send(echo("late answer")));
            server.resume();

            RedisFailure failure = failureOf(connection.send(echo("next call")));

            assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(failure).hasMessage("connection is closed");
            assertThat(String.valueOf(server.command("CLIENT", "LIST")).lines()).hasSize(1); // the one that asks
        }
    }

    @Test
    void callsUnderWay_allFail_whenOneMissesItsDeadline() {
        try (RedisServer server = RedisServer.builder().build().start()) {
            RedisConnection connection = open(server.url(), DEADLINE);
            server.pause();
            List<CompletableFuture<Response>> calls = IntStream.range(0, 100)
                    .mapToObj(i -> connection.send(ping()).subscribeAsCompletionStage())
                    .toList();

            List<Throwable> failures = calls.stream()
                    .map(call -> call.handle((answer, thrown) -> thrown).join())
                    .toList();

            assertThat(failures)
                    .allSatisfy(failure -> assertThat(failure)
                            .isInstanceOfSatisfying(
                                    RedisFailure.class,
                                    each -> assertThat(each.kind()).isIn(Kind.TIMEOUT, Kind.UNREACHABLE)));
        }
    }

    @Test
    void callsUnderWay_failAtOnce_whenRedisIsKilled() {
        try (RedisServer server = RedisServer.builder().build().start()) {
            RedisConnection connection = open(server.url(), Duration.ofMinutes(1));
            server.pause();
            CompletableFuture<Response> call = connection.send(ping()).subscribeAsCompletionStage();
            server.kill();

            assertThatThrownBy(() -> call.orTimeout(10, TimeUnit.SECONDS).join())
                    .isInstanceOf(CompletionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            RedisFailure.class,
                            failure -> assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE));
            Await.until(SLACK, () -> !connection.isOpen());
        }
    }

    @Test
    void connection_staysOpen_whenRedisAnswersAnError() {
        RedisConnection connection = open(redis.url(), Duration.ofSeconds(10));
        redis.command("SET", "k", "v");

        RedisFailure failure =
                failureOf(connection.send(Request.cmd(Command.LPUSH).arg("k").arg("v")));

        assertThat(failure.kind()).isEqualTo(Kind.ERROR);
        assertThat(failure).hasMessageStartingWith("WRONGTYPE");
        assertThat(connection.isOpen()).isTrue();
        assertThat(connection.send(ping()).await().indefinitely()).hasToString("PONG");
    }

    @Test
    void connection_staysOpen_whenRedisIsFull() {
        RedisConnection connection = open(redis.url(), Duration.ofSeconds(10));
        redis.fill();

        RedisFailure failure =
                failureOf(connection.send(Request.cmd(Command.SET).arg("k").arg("v")));

        assertThat(failure.kind()).isEqualTo(Kind.FULL);
        assertThat(connection.isOpen()).isTrue();
    }

    @Test
    void send_answersNull_whenRedisAnswersNil() {
        RedisConnection connection = open(redis.url(), Duration.ofSeconds(10));

        Response answer =
                connection.send(Request.cmd(Command.GET).arg("absent")).await().indefinitely();

        assertThat(answer).isNull();
    }

    @Test
    void answers_meetTheirCalls_whenManyAreUnderWay() {
        RedisConnection connection = open(redis.url(), Duration.ofSeconds(30));
        List<CompletableFuture<Response>> calls = IntStream.range(0, 10_000)
                .mapToObj(i -> connection.send(echo(Integer.toString(i))).subscribeAsCompletionStage())
                .toList();

        List<String> answers =
                calls.stream().map(call -> call.join().toString()).toList();

        assertThat(answers)
                .isEqualTo(
                        IntStream.range(0, 10_000).mapToObj(Integer::toString).toList());
    }

    @Test
    void close_failsWhatIsUnderWay_andEveryCallAfterIt() {
        RedisConnection connection = open(redis.url(), Duration.ofSeconds(30));
        CompletableFuture<Response> call = connection
                .send(Request.cmd(Command.BLPOP).arg("absent").arg(20))
                .subscribeAsCompletionStage();

        connection.close();

        assertThatThrownBy(() -> call.orTimeout(10, TimeUnit.SECONDS).join()).hasCauseInstanceOf(RedisFailure.class);
        assertThat(failureOf(connection.send(ping())).kind()).isEqualTo(Kind.UNREACHABLE);
        assertThat(connection.isOpen()).isFalse();
        connection.close(); // a second time does nothing
    }
}
