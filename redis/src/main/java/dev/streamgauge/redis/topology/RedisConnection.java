package dev.streamgauge.redis.topology;

import dev.streamgauge.redis.RedisFailure;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One connection to one run of one Redis server. Calls go out in the order of sending, without waiting for each other.
 * The client has no deadlines, so each call gets one here.
 *
 * <p>When a call misses its deadline or the connection breaks, the connection is closed for good, and every later call
 * on it fails. Answers are matched to calls by order alone, so a late answer must never meet the next call. Nothing is
 * ever sent twice.
 *
 * <p>Each connection has a client of its own: closing a pooled connection would put it back into its pool, late answers
 * included. Thread-safe.
 */
public final class RedisConnection implements AutoCloseable {

    /** Calls that may be under way at once. */
    private static final int MAX_WAITING_CALLS = 16_384;

    /** A timer set on an event loop does not elapse before the loop has read from its sockets once more. */
    private static final int NEXT_TURN_MILLIS = 1;

    private final Redis client;
    private final io.vertx.redis.client.RedisConnection connection;
    private final Vertx vertx;
    private final Context eventLoop;
    private final Duration deadline;
    private final ServerRun serverRun;
    private final AtomicBoolean closed = new AtomicBoolean();

    private RedisConnection(
            Vertx vertx,
            Context eventLoop,
            Redis client,
            io.vertx.redis.client.RedisConnection connection,
            Duration deadline,
            ServerRun serverRun) {
        this.vertx = vertx;
        this.eventLoop = eventLoop;
        this.client = client;
        this.connection = connection;
        this.deadline = deadline;
        this.serverRun = serverRun;
    }

    /**
     * Connects, and asks the server for its run. Fails with {@link RedisFailure} after the deadline at the latest.
     *
     * @param unknownRun stands for the run of a server that does not tell it
     */
    static Uni<RedisConnection> open(Vertx vertx, RedisOptions options, Duration deadline, ServerRun unknownRun) {
        return Uni.createFrom().deferred(() -> {
            RedisOptions own = new RedisOptions(options)
                    .setMaxPoolSize(1)
                    .setMaxPoolWaiting(1)
                    .setMaxWaitingHandlers(MAX_WAITING_CALLS)
                    .setPoolRecycleTimeout(-1);
            Redis client = Redis.createClient(vertx, own);
            Context eventLoop = vertx.getOrCreateContext();
            return Uni.createFrom()
                    .completionStage(() -> connect(client, eventLoop)
                            .compose(connection -> readRun(connection, unknownRun)
                                    .map(run ->
                                            new RedisConnection(vertx, eventLoop, client, connection, deadline, run)))
                            .toCompletionStage())
                    .ifNoItem()
                    .after(deadline)
                    .failWith(() -> new RedisFailure(
                            RedisFailure.Kind.TIMEOUT, "no connection within " + deadline.toMillis() + " ms"))
                    .map(RedisConnection::watched)
                    .onFailure()
                    .invoke(client::close)
                    .onFailure()
                    .transform(RedisFailure::of);
        });
    }

    /** Connects on that event loop, which then reads all answers. */
    private static Future<io.vertx.redis.client.RedisConnection> connect(Redis client, Context eventLoop) {
        Promise<io.vertx.redis.client.RedisConnection> connected = Promise.promise();
        eventLoop.runOnContext(nothing -> client.connect().onComplete(connected));
        return connected.future();
    }

    /** A server that rejects the question, or has no such numbers, is told apart by its connections. */
    private static Future<ServerRun> readRun(io.vertx.redis.client.RedisConnection connection, ServerRun unknownRun) {
        return connection
                .send(ServerRun.REQUEST)
                .map(answer -> ServerRun.parse(String.valueOf(answer)).orElse(unknownRun))
                .recover(thrown -> RedisFailure.of(thrown).isAnswer()
                        ? Future.succeededFuture(unknownRun)
                        : Future.failedFuture(thrown));
    }

    private static RedisConnection watched(RedisConnection connection) {
        connection.connection.exceptionHandler(thrown -> connection.close()).endHandler(nothing -> connection.close());
        return connection;
    }

    /** Sends a call; the answer may be null for nil. Fails with {@link RedisFailure}. */
    public Uni<Response> send(Request request) {
        if (closed.get()) {
            return Uni.createFrom()
                    .failure(() -> new RedisFailure(RedisFailure.Kind.UNREACHABLE, "connection is closed"));
        }
        return Uni.createFrom()
                .completionStage(
                        () -> failedAtDeadline(connection.send(request)).toCompletionStage())
                .onFailure()
                .transform(this::failed);
    }

    /**
     * Fails an answer that has not come by the deadline. If the event loop was busy at that time, the answer may have
     * come and not been read, so the loop gets the turn to read it.
     */
    private <T extends @Nullable Object> Future<T> failedAtDeadline(Future<T> answer) {
        Promise<T> inTime = Promise.promise();
        long timer = vertx.setTimer(
                deadline.toMillis(),
                first -> eventLoop.runOnContext(
                        nothing -> vertx.setTimer(NEXT_TURN_MILLIS, second -> inTime.tryFail(noAnswer()))));
        answer.onSuccess(inTime::tryComplete)
                .onFailure(inTime::tryFail)
                .onComplete(nothing -> vertx.cancelTimer(timer));
        return inTime.future();
    }

    private RedisFailure noAnswer() {
        return new RedisFailure(RedisFailure.Kind.TIMEOUT, "no answer within " + deadline.toMillis() + " ms");
    }

    private RedisFailure failed(Throwable thrown) {
        RedisFailure failure = RedisFailure.of(thrown);
        if (!failure.isAnswer()) {
            close();
        }
        return failure;
    }

    /** The run of the server that this connection leads to. */
    public ServerRun serverRun() {
        return serverRun;
    }

    /** Whether the connection can still be used. */
    public boolean isOpen() {
        return !closed.get();
    }

    /** Breaks the connection; calls under way fail. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            client.close();
        }
    }
}
