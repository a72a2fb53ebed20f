package dev.streamgauge.ingest.overload;

import dev.streamgauge.server.connections.PausedRequests;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** What bounds the memory and the processors that bodies take in this process. */
@Singleton
final class OverloadGuards {

    /** The part of the heap that bodies may hold, with what is queued of them before their sender is known. */
    private static final int PART_OF_HEAP = 4;

    @Produces
    @Singleton
    BodyBudget bodyBudget(PausedRequests paused) {
        return new BodyBudget(Runtime.getRuntime().maxMemory() / PART_OF_HEAP - paused.capacity());
    }

    @Produces
    @Singleton
    ParseQueue parseQueue() {
        return new ParseQueue(Runtime.getRuntime().availableProcessors());
    }

    void close(@Disposes ParseQueue queue) {
        queue.close();
    }
}
