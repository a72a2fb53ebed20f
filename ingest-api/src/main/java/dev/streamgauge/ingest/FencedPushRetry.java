package dev.streamgauge.ingest;

import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets pushes of a tenant that is held, while its registry is reset or series of it are deleted, wait a moment before they
 * ask again: mostly it takes less than that, and no sender has to notice. What waits is bounded in number and bytes, and
 * holds no thread. Thread-safe.
 */
@Singleton
final class FencedPushRetry {

    /** Between two questions. */
    static final Duration PAUSE = Duration.ofMillis(100);

    /** Pauses of one push: a second in all. */
    static final int MAX_PAUSES = 10;

    /** Pushes that may wait at once, of all tenants. */
    static final int MAX_WAITING = 1_000;

    /** No hold of a reset or a deletion is longer; that of a tenant who was deleted is, and nobody waits for its end. */
    static final Duration MAX_HOLD = Duration.ofSeconds(5);

    /** What may wait here, as a part of what may wait for Redis. */
    private static final int PART_OF_QUEUE = 8;

    private final long maxBytes;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong waitingBytes = new AtomicLong();

    FencedPushRetry(IngestConfig config) {
        this.maxBytes = config.maxQueuedBytes() / PART_OF_QUEUE;
    }

    /**
     * A pause for a push of that weight in bytes, which is over when the item comes; empty if it should not wait.
     *
     * @param pauses that the push has had already
     * @param hold how long the tenant will be held if the hold is not taken away before
     */
    Optional<Uni<Void>> pause(int weight, int pauses, Duration hold) {
        if (pauses >= MAX_PAUSES || hold.compareTo(MAX_HOLD) > 0 || !enter(weight)) {
            return Optional.empty();
        }
        return Optional.of(Uni.createFrom()
                .voidItem()
                .onItem()
                .delayIt()
                .by(PAUSE)
                .onTermination()
                .invoke(() -> leave(weight)));
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
