package dev.streamgauge.redis.topology;

import dev.streamgauge.redis.RedisFailure;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections, and keeps a shared one for calls that may run concurrently. When the shared connection breaks, the
 * next call opens another; calls that come while it is being opened wait for the same attempt. Once they are closed,
 * nothing is opened again: an attempt while Vert.x ends would only log an error of Netty's. Thread-safe.
 */
public final class RedisConnections implements AutoCloseable {

    private final Vertx vertx;
    private final RedisOptions options;
    private final Duration deadline;

    /** Whether the connections that these were made apart from are closed. */
    private final BooleanSupplier originIsClosed;

    private volatile boolean closed;
    private final AtomicLong opened = new AtomicLong();
    private final AtomicReference<@Nullable Attempt> shared = new AtomicReference<>();

    /**
     * Opens nothing yet.
     *
     * @param deadline of every call and every attempt to connect
     */
    public RedisConnections(Vertx vertx, RedisOptions options, Duration deadline) {
        this(vertx, options, deadline, () -> false);
    }

    private RedisConnections(Vertx vertx, RedisOptions options, Duration deadline, BooleanSupplier originIsClosed) {
        this.vertx = vertx;
        this.options = options;
        this.deadline = deadline;
        this.originIsClosed = originIsClosed;
    }

    /** The deadline of every call. */
    public Duration deadline() {
        return deadline;
    }

    /** Opens a connection for one caller, which closes it. Fails with {@link RedisFailure}. */
    public Uni<RedisConnection> open() {
        return isClosed()
                ? Uni.createFrom()
                        .failure(() -> new RedisFailure(RedisFailure.Kind.UNREACHABLE, "connections are closed"))
                : RedisConnection.open(
                        vertx, options, deadline, new ServerRun("connection-" + opened.incrementAndGet()));
    }

    private boolean isClosed() {
        return closed || originIsClosed.getAsBoolean();
    }

    /**
     * Connections to the same server with a shared one of their own, for calls that must not wait behind the answers to
     * other calls. The caller closes them; once these here are closed, they open nothing either.
     */
    public RedisConnections apart() {
        return new RedisConnections(vertx, options, deadline, this::isClosed);
    }

    /** Sends a call on the shared connection; the answer may be null for nil. Fails with {@link RedisFailure}. */
    public Uni<Response> send(Request request) {
        return onShared(connection -> connection.send(request));
    }

    /**
     * Makes calls that belong together on the shared connection. Fails with {@link RedisFailure}. If the connection has
     * to be opened first, opening and calls share one deadline.
     */
    public <T> Uni<T> onShared(Function<RedisConnection, Uni<T>> calls) {
        Attempt attempt = attempt();
        RedisConnection made = attempt.made;
        if (made != null) {
            return calls.apply(made);
        }
        return Uni.createFrom()
                .completionStage(() -> failedAtDeadline(attempt.connection().flatMap(calls::apply))
                        .toCompletionStage());
    }

    /**
     * Fails what has not come by the deadline, and ignores what comes later. The attempt to connect often fails at the
     * same moment, and Mutiny's {@code ifNoItem()} would log the second failure as an error.
     */
    private <T> Future<T> failedAtDeadline(Uni<T> answer) {
        Promise<T> inTime = Promise.promise();
        long timer = vertx.setTimer(
                deadline.toMillis(),
                late -> inTime.tryFail(new RedisFailure(
                        RedisFailure.Kind.TIMEOUT,
                        "neither connection nor answer within " + deadline.toMillis() + " ms")));
        answer.subscribe().with(inTime::tryComplete, inTime::tryFail);
        return inTime.future().onComplete(nothing -> vertx.cancelTimer(timer));
    }

    private Attempt attempt() {
        Attempt current = shared.get();
        if (current != null && current.isUsable()) {
            return current;
        }
        Attempt next = new Attempt();
        if (!shared.compareAndSet(current, next)) {
            return attempt();
        }
        next.begin(open());
        return next;
    }

    @Override
    public void close() {
        closed = true;
        Attempt current = shared.getAndSet(null);
        if (current != null) {
            current.connection().subscribe().with(RedisConnection::close, failure -> {});
        }
    }

    /**
     * One attempt to open the shared connection, made once for all calls that wait for it.
     *
     * <p>They wait for a future. If the item of Mutiny's {@code memoize()} comes at the moment of a subscription, the
     * subscriber may get it before the subscription, and {@code flatMap} then takes the answer of the call for another
     * connection.
     */
    private static final class Attempt {

        private final CompletableFuture<RedisConnection> opening = new CompletableFuture<>();
        private volatile boolean failed;
        private volatile @Nullable RedisConnection made;

        private void begin(Uni<RedisConnection> open) {
            open.subscribe().with(this::succeed, this::fail);
        }

        private void succeed(RedisConnection connection) {
            made = connection;
            opening.complete(connection);
        }

        private void fail(Throwable failure) {
            failed = true;
            opening.completeExceptionally(failure);
        }

        private Uni<RedisConnection> connection() {
            return Uni.createFrom().completionStage(opening::copy); // a caller that gives up cancels only its own copy
        }

        private boolean isUsable() {
            RedisConnection connection = made;
            return connection == null ? !failed : connection.isOpen();
        }
    }
}
