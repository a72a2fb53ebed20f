package dev.streamgauge.redis;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens links, and keeps a shared one for calls that may go side by side. When the shared link breaks, the next call
 * opens another; calls that come while it is being opened wait for the same attempt. Thread-safe.
 */
public final class RedisLinks implements AutoCloseable {

    private final Vertx vertx;
    private final RedisOptions options;
    private final Duration deadline;
    private final AtomicLong opened = new AtomicLong();
    private final AtomicReference<@Nullable Attempt> shared = new AtomicReference<>();

    /**
     * Opens nothing yet.
     *
     * @param deadline of every call and every attempt to connect
     */
    public RedisLinks(Vertx vertx, RedisOptions options, Duration deadline) {
        this.vertx = vertx;
        this.options = options;
        this.deadline = deadline;
    }

    /** The deadline of every call. */
    public Duration deadline() {
        return deadline;
    }

    /** A link for one user alone; who opened it closes it. */
    public Uni<RedisLink> open() {
        return RedisLink.open(vertx, options, deadline, opened.incrementAndGet());
    }

    /**
     * Links to the same server with a shared one of their own, for calls that must not wait behind the answers to others.
     * Who asked for them closes them.
     */
    public RedisLinks apart() {
        return new RedisLinks(vertx, options, deadline);
    }

    /** Sends a call on the shared link; the answer may be null for nil. Fails with {@link RedisFailure}. */
    public Uni<Response> send(Request request) {
        return onShared(link -> link.send(request));
    }

    /**
     * Makes calls on the shared link that belong together. Fails with {@link RedisFailure}; if the link has to be opened
     * first, then within the deadline all the same, so that nobody waits for one deadline after the other.
     */
    public <T> Uni<T> onShared(Function<RedisLink, Uni<T>> calls) {
        Attempt attempt = attempt();
        RedisLink made = attempt.made;
        if (made != null) {
            return calls.apply(made);
        }
        return attempt.link()
                .flatMap(calls::apply)
                .ifNoItem()
                .after(deadline)
                .failWith(() -> new RedisFailure(
                        RedisFailure.Kind.TIMEOUT, "neither link nor answer within " + deadline.toMillis() + " ms"));
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
        Attempt current = shared.getAndSet(null);
        if (current != null) {
            current.link().subscribe().with(RedisLink::close, failure -> {});
        }
    }

    /**
     * One attempt to open the shared link, made once however many wait for it.
     *
     * <p>They wait for a future. Mutiny's {@code memoize()} may hand its item to a subscriber before the subscription, if it
     * comes at that very moment, and {@code flatMap} then takes the answer of the call for another link.
     */
    private static final class Attempt {

        private final CompletableFuture<RedisLink> opening = new CompletableFuture<>();
        private volatile boolean failed;
        private volatile @Nullable RedisLink made;

        private void begin(Uni<RedisLink> open) {
            open.subscribe().with(this::succeed, this::fail);
        }

        private void succeed(RedisLink link) {
            made = link;
            opening.complete(link);
        }

        private void fail(Throwable failure) {
            failed = true;
            opening.completeExceptionally(failure);
        }

        private Uni<RedisLink> link() {
            return Uni.createFrom().completionStage(opening::copy); // so that who gives up does so alone
        }

        private boolean isUsable() {
            RedisLink link = made;
            return link == null ? !failed : link.isOpen();
        }
    }
}
