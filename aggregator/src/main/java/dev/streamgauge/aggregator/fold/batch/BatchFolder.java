package dev.streamgauge.aggregator.fold.batch;

import dev.streamgauge.core.entry.EntryReader;
import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Folds the entries of a partition in batches, each with one call of bounded size. If a batch cannot be folded, leaves
 * its entries to {@link EntryIsolation}.
 *
 * <p>Blocking. Not thread-safe.
 */
public final class BatchFolder {

    private static final Logger LOG = Logger.getLogger(BatchFolder.class);

    /** Bounds of one fold call: two milliseconds of Redis. */
    private static final int MAX_BATCH_ENTRIES = 256;

    private static final int MAX_BATCH_WEIGHT = 1_000;

    /**
     * The bound for entries that begin with the same series: they usually add to the series that the batch has already,
     * so a full entry does not exclude the next ones of its sender.
     */
    private static final int MAX_BATCH_WEIGHT_OF_ALIKE = 1_250;

    private final Keyspace keyspace;
    private final FoldCalls calls;
    private final EntryIsolation isolation;
    private final FoldMetrics metrics;

    public BatchFolder(Keyspace keyspace, FoldCalls calls, EntryIsolation isolation, FoldMetrics metrics) {
        this.keyspace = keyspace;
        this.calls = calls;
        this.isolation = isolation;
        this.metrics = metrics;
    }

    /**
     * Folds entries that were read on this connection. Returns the number of entries of an unknown version.
     *
     * @throws StaleBatchException if another consumer has taken over one of them
     * @throws RedisFailure if a call failed; its batch is to be dropped
     */
    public int fold(FoldConnection connection, int partition, List<ReadEntry> entries) throws StaleBatchException {
        int unreadable = 0;
        DeferredEntries deferred = isolation.deferred(partition);
        PartitionBatch batch = new PartitionBatch(keyspace, partition);
        for (ReadEntry entry : entries) {
            Optional<byte[]> payload = entry.payload();
            if (payload.isEmpty()) {
                isolation.countDeleted(connection, partition, entry);
            } else if (EntryReader.version(payload.get()) > EntryWriter.VERSION) {
                unreadable++; // stays pending, for a release that can read it
            } else if (deferred.isWaiting(entry.id())) {
                if (deferred.isDue(entry.id())) {
                    isolation.foldAlone(connection, partition, entry);
                }
            } else {
                if (isFull(batch, payload.get())) {
                    foldBatch(connection, batch);
                    batch = new PartitionBatch(keyspace, partition);
                }
                if (batch.add(entry).isPresent()) {
                    isolation.foldEach(connection, partition, batch.entries());
                    batch = new PartitionBatch(keyspace, partition);
                }
            }
        }
        if (!batch.entries().isEmpty()) {
            foldBatch(connection, batch);
        }
        return unreadable;
    }

    private static boolean isFull(PartitionBatch batch, byte[] next) {
        int weight = batch.merged().weight();
        return batch.entries().size() >= MAX_BATCH_ENTRIES
                || weight >= MAX_BATCH_WEIGHT_OF_ALIKE
                || (weight >= MAX_BATCH_WEIGHT && !batch.endsLike(next));
    }

    private void foldBatch(FoldConnection connection, PartitionBatch batch) throws StaleBatchException {
        int partition = batch.partition();
        List<ReadEntry> entries = batch.entries();
        switch (calls.fold(connection, batch)) {
            case FoldAnswer.Folded folded ->
                isolation.deferred(partition).settle(batch.merged().entries());
            case FoldAnswer.Split split -> {
                metrics.splitBatch();
                int parts = Math.ceilDiv(batch.merged().seriesCount(), Math.max(1, split.series()));
                foldParts(connection, partition, entries, Math.clamp(parts, 2, entries.size()));
            }
            case FoldAnswer.Unreadable unreadable -> isolation.foldEach(connection, partition, entries);
            case FoldAnswer.Broken broken -> {
                LOG.warnf("fold partition=%d entries=%d broken=%s", partition, entries.size(), broken.message());
                isolation.foldEach(connection, partition, entries);
            }
            case FoldAnswer.Stale stale -> throw calls.staleBatch(partition, stale.entry());
            case FoldAnswer.NoGroup noGroup -> throw FoldCalls.noGroup(partition);
        }
    }

    /**
     * Folds entries by several calls, since one would take Redis too long: only the fold script knows what is stored.
     */
    private void foldParts(FoldConnection connection, int partition, List<ReadEntry> entries, int parts)
            throws StaleBatchException {
        int size = Math.ceilDiv(entries.size(), parts);
        for (int from = 0; from < entries.size(); from += size) {
            foldTogether(connection, partition, entries.subList(from, Math.min(from + size, entries.size())));
        }
    }

    private void foldTogether(FoldConnection connection, int partition, List<ReadEntry> entries)
            throws StaleBatchException {
        PartitionBatch batch = new PartitionBatch(keyspace, partition);
        for (ReadEntry entry : entries) {
            if (batch.add(entry).isPresent()) {
                isolation.foldEach(connection, partition, entries);
                return;
            }
        }
        foldBatch(connection, batch);
    }
}
