package dev.streamgauge.aggregator.fold;

import dev.streamgauge.aggregator.fold.batch.BatchFolder;
import dev.streamgauge.aggregator.fold.batch.DeferredEntries;
import dev.streamgauge.aggregator.fold.batch.EntryIsolation;
import dev.streamgauge.aggregator.fold.batch.StaleBatchException;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldConnection;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Passes over the entries that are pending for this consumer: what it has read before a failure, what it has taken over,
 * and what it could not fold.
 */
final class OwnEntries {

    /** Entries read of a partition at a time. */
    private static final int READ_ENTRIES = 64;

    private final BatchFolder folder;
    private final EntryIsolation isolation;

    /** Whether a pass goes on with the next partition. */
    private final BooleanSupplier isRunning;

    OwnEntries(BatchFolder folder, EntryIsolation isolation, BooleanSupplier isRunning) {
        this.folder = folder;
        this.isolation = isolation;
        this.isRunning = isRunning;
    }

    /** Makes a pass. Returns the number of entries of an unknown version. */
    int fold(FoldConnection connection, Collection<Integer> partitions) throws StaleBatchException {
        int unreadable = 0;
        for (int partition : partitions) {
            if (!isRunning.getAsBoolean()) {
                break;
            }
            unreadable += fold(connection, partition);
        }
        return unreadable;
    }

    private int fold(FoldConnection connection, int partition) throws StaleBatchException {
        int unreadable = 0;
        DeferredEntries deferred = isolation.deferred(partition);
        deferred.beginPass();
        Set<EntryId> seen = new HashSet<>();
        EntryId after = EntryId.NONE;
        List<ReadEntry> own;
        do {
            own = connection.readOwn(partition, after, READ_ENTRIES);
            own.forEach(entry -> seen.add(entry.id()));
            unreadable += folder.fold(connection, partition, own);
            after = own.isEmpty() ? after : own.getLast().id();
        } while (!own.isEmpty());
        deferred.endPass(seen);
        return unreadable;
    }
}
