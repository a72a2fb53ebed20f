package dev.streamgauge.server.access;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does something each second, and earlier for those who cannot wait: all who ask within a tenth of a second share one look,
 * however many they are. So a caller waits for a look that begins after it asked, and a flood of callers costs ten looks a
 * second. One look at a time. Thread-safe.
 */
final class CoalescingPoller {

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration LEAST_PAUSE = Duration.ofMillis(100);

    /** Callers that may wait at once; the next learn no more than what is known. */
    private static final int MAX_WAITING = 10_000;

    private final Vertx vertx;
    private final Supplier<Uni<Void>> look;
    private final Context context;

    private @Nullable CompletableFuture<@Nullable Void> awaited;
    private int waiting;
    private boolean looking;
    private boolean due;
    private long lastBeginNanos;
    private long timer;

    CoalescingPoller(Vertx vertx, Supplier<Uni<Void>> look) {
        this.vertx = vertx;
        this.look = look;
        this.context = vertx.getOrCreateContext();
        this.lastBeginNanos = System.nanoTime() - LEAST_PAUSE.toNanos();
    }

    /** Begins to look each second. */
    void start() {
        context.runOnContext(nothing -> tick());
        timer = vertx.setPeriodic(PERIOD.toMillis(), id -> context.runOnContext(nothing -> tick()));
    }

    void stop() {
        vertx.cancelTimer(timer);
    }

    /**
     * The next look that begins from now on; completes on an event loop of its own. Fails as that look does. If too many wait
     * already, nothing is waited for.
     */
    synchronized Uni<Void> next() {
        if (waiting >= MAX_WAITING) {
            return Uni.createFrom().voidItem();
        }
        CompletableFuture<@Nullable Void> mine = awaited;
        if (mine == null) {
            mine = new CompletableFuture<>();
            awaited = mine;
        }
        waiting++;
        if (!looking && !due) {
            schedule();
        }
        return Uni.createFrom().completionStage(mine.copy()); // so that who gives up does so alone
    }

    private void schedule() {
        due = true;
        long sinceMillis = Duration.ofNanos(System.nanoTime() - lastBeginNanos).toMillis();
        long delayMillis = Math.max(1, LEAST_PAUSE.toMillis() - sinceMillis);
        context.runOnContext(nothing -> vertx.setTimer(delayMillis, id -> beginDue()));
    }

    private void beginDue() {
        synchronized (this) {
            due = false;
            if (looking || awaited == null) {
                return; // the look of this second came first
            }
        }
        tick();
    }

    private void tick() {
        CompletableFuture<@Nullable Void> served;
        synchronized (this) {
            if (looking) {
                return;
            }
            looking = true;
            lastBeginNanos = System.nanoTime();
            served = awaited == null ? new CompletableFuture<>() : awaited;
            awaited = null;
            waiting = 0;
        }
        look.get().onTermination().invoke(this::end).subscribe().with(served::complete, served::completeExceptionally);
    }

    private synchronized void end() {
        looking = false;
        if (awaited != null && !due) {
            schedule();
        }
    }
}
