package dev.streamgauge.ingest.admission;

import dev.streamgauge.ingest.IngestConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Lets the pushes of a fenced tenant, whose registry is being reset or whose series are being deleted, wait for a
 * moment before they are retried. Most fences are lifted within that time, so that senders do not notice. The waiting
 * pushes are bounded in number and bytes, and occupy no thread. Thread-safe.
 */
@Singleton
final class FencedPushRetry {

    /** The time between two tries. */
    static final Duration PAUSE = Duration.ofMillis(100);

    /** Maximum number of pauses of one push: a second in all. */
    static final int MAX_PAUSES = 10;

    /** Maximum number of pushes of all tenants that wait at the same time. */
    static final int MAX_WAITING = 1_000;

    /**
     * The longest fence of a reset or a deletion. A deleted tenant is fenced for longer, and its pushes do not wait.
     */
    static final Duration MAX_FENCE = Duration.ofSeconds(5);

    /** The bytes that may wait here are this part of those that may wait for Redis. */
    private static final int PART_OF_QUEUE = 8;

    private final Function<Duration, Future<Void>> timer;
    private final long maxBytes;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong waitingBytes = new AtomicLong();

    @Inject
    FencedPushRetry(IngestConfig config, Vertx vertx) {
        this(config, pause -> vertx.timer(pause.toMillis(), TimeUnit.MILLISECONDS));
    }

    /**
     * A retry without pushes.
     *
     * @param timer completes after that time
     */
    FencedPushRetry(IngestConfig config, Function<Duration, Future<Void>> timer) {
        this.timer = timer;
        this.maxBytes = config.maxQueuedBytes() / PART_OF_QUEUE;
    }

    /**
     * A pause for a push, which ends when it completes; empty if the push should not wait.
     *
     * @param weight size of the push in bytes
     * @param pauses how many pauses the push has already had
     * @param fence how long the tenant stays fenced unless the fence is lifted earlier
     */
    Optional<Future<Void>> pause(int weight, int pauses, Duration fence) {
        if (pauses >= MAX_PAUSES || fence.compareTo(MAX_FENCE) > 0 || !enter(weight)) {
            return Optional.empty();
        }
        return Optional.of(timer.apply(PAUSE).onComplete(over -> leave(weight)));
    }

    private boolean enter(int weight) {
        boolean isRoom = waiting.incrementAndGet() <= MAX_WAITING && waitingBytes.get() + weight <= maxBytes;
        waitingBytes.addAndGet(weight);
        if (!isRoom) {
            leave(weight);
        }
        return isRoom;
    }

    private void leave(int weight) {
        waiting.decrementAndGet();
        waitingBytes.addAndGet(-weight);
    }
}
