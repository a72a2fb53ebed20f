package dev.streamgauge.server.tenants;

import dev.streamgauge.redis.RedisFailure;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Polls once a second, and earlier on demand. All demands within a tenth of a second share one poll, which begins after
 * the last of them; so any number of demands costs at most ten polls a second. One poll runs at a time. Thread-safe.
 */
final class CoalescingPoller {

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration LEAST_PAUSE = Duration.ofMillis(100);

    /** At most this many callers wait for one poll. */
    static final int MAX_WAITING = 10_000;

    private final Vertx vertx;
    private final Supplier<Uni<Void>> poll;
    private final LongSupplier nanoTime;
    private final BiConsumer<Duration, Runnable> delayed;
    private final Context context;

    private @Nullable CompletableFuture<@Nullable Void> awaited;
    private int waiting;
    private boolean polling;
    private boolean due;
    private long lastBeginNanos;

    /** Of the regular polls; -1 before they start. */
    private long timer = -1;

    CoalescingPoller(Vertx vertx, Supplier<Uni<Void>> poll) {
        this(vertx, poll, System::nanoTime, (delay, action) -> vertx.setTimer(delay.toMillis(), id -> action.run()));
    }

    /**
     * Does not poll yet.
     *
     * @param nanoTime as {@link System#nanoTime}
     * @param delayed runs an action once, after a delay of at least a millisecond
     */
    CoalescingPoller(
            Vertx vertx, Supplier<Uni<Void>> poll, LongSupplier nanoTime, BiConsumer<Duration, Runnable> delayed) {
        this.vertx = vertx;
        this.poll = poll;
        this.nanoTime = nanoTime;
        this.delayed = delayed;
        this.context = vertx.getOrCreateContext();
        this.lastBeginNanos = nanoTime.getAsLong() - LEAST_PAUSE.toNanos();
    }

    /** Begins to poll once a second. */
    void start() {
        context.runOnContext(nothing -> tick());
        timer = vertx.setPeriodic(PERIOD.toMillis(), id -> context.runOnContext(nothing -> tick()));
    }

    void stop() {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
        }
    }

    /**
     * Waits for the next poll that begins after this call, and fails if that poll fails. May complete on another event
     * loop than the caller's. If too many callers wait already, fails at once with {@link RedisFailure}, without a poll.
     */
    synchronized Uni<Void> next() {
        if (waiting >= MAX_WAITING) {
            return Uni.createFrom()
                    .failure(new RedisFailure(
                            RedisFailure.Kind.UNAVAILABLE, MAX_WAITING + " requests wait for the tenants already"));
        }
        CompletableFuture<@Nullable Void> mine = awaited;
        if (mine == null) {
            mine = new CompletableFuture<>();
            awaited = mine;
        }
        waiting++;
        if (!polling && !due) {
            schedule();
        }
        return Uni.createFrom().completionStage(mine.copy()); // so that a caller that gives up cancels its own copy
    }

    private void schedule() {
        due = true;
        long sinceMillis =
                Duration.ofNanos(nanoTime.getAsLong() - lastBeginNanos).toMillis();
        Duration delay = Duration.ofMillis(Math.max(1, LEAST_PAUSE.toMillis() - sinceMillis));
        context.runOnContext(nothing -> delayed.accept(delay, this::beginDue));
    }

    private void beginDue() {
        synchronized (this) {
            due = false;
            if (polling || awaited == null) {
                return; // the regular poll came first
            }
        }
        tick();
    }

    private void tick() {
        CompletableFuture<@Nullable Void> served;
        synchronized (this) {
            if (polling) {
                return;
            }
            polling = true;
            lastBeginNanos = nanoTime.getAsLong();
            served = awaited == null ? new CompletableFuture<>() : awaited;
            awaited = null;
            waiting = 0;
        }
        poll.get().onTermination().invoke(this::end).subscribe().with(served::complete, served::completeExceptionally);
    }

    private synchronized void end() {
        polling = false;
        if (awaited != null && !due) {
            schedule();
        }
    }
}
