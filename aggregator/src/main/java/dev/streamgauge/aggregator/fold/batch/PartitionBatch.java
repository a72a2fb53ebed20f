package dev.streamgauge.aggregator.fold.batch;

import dev.streamgauge.core.entry.EntryReader;
import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.consumer.ReadEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Entries of one partition, merged into one delta per series. Not thread-safe. */
final class PartitionBatch {

    private static final Logger LOG = Logger.getLogger(PartitionBatch.class);

    private final Keyspace keyspace;
    private final int partition;
    private final List<ReadEntry> entries = new ArrayList<>();
    private final FoldBatch merged = new FoldBatch();

    /** An empty batch. */
    PartitionBatch(Keyspace keyspace, int partition) {
        this.keyspace = keyspace;
        this.partition = partition;
    }

    /**
     * Adds an entry that has a payload. Returns the reason if it could not be merged: then the batch cannot be folded.
     */
    Optional<MalformedEntryException> add(ReadEntry entry) {
        entries.add(entry);
        try {
            TenantId tenant = merged.add(entry.id(), entry.payload().orElseThrow());
            if (keyspace.partitionOf(tenant) != partition) { // its keys are in another slot, and other loops fold them
                throw new MalformedEntryException("tenant of another partition");
            }
            return Optional.empty();
        } catch (MalformedEntryException e) {
            LOG.warnf("fold entryId=%s malformed=%s", entry.id(), e.getMessage());
            return Optional.of(e);
        }
    }

    /** Whether the entry that was added last begins with the same series as this one. */
    boolean endsLike(byte[] entry) {
        byte[] last = entries.getLast().payload().orElseThrow();
        return Arrays.equals(EntryReader.firstSeries(last), EntryReader.firstSeries(entry));
    }

    int partition() {
        return partition;
    }

    /** All entries that were added, in this order. */
    List<ReadEntry> entries() {
        return entries;
    }

    FoldBatch merged() {
        return merged;
    }
}
