package dev.streamgauge.redis.fold;

import dev.streamgauge.core.entry.FoldBatch;
import dev.streamgauge.core.entry.FoldUnits;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.consumer.Consumer;
import dev.streamgauge.redis.consumer.CreateGroupScript;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.consumer.ReadPendingScript;
import dev.streamgauge.redis.consumer.RemoveConsumerScript;
import dev.streamgauge.redis.consumer.StreamReader;
import dev.streamgauge.redis.deadletter.DeadLetterEntryScript;
import dev.streamgauge.redis.deadletter.DeadLetterReason;
import dev.streamgauge.redis.deadletter.DeadLetterResult;
import dev.streamgauge.redis.reclaim.ClaimEntriesScript;
import dev.streamgauge.redis.reclaim.Claims;
import dev.streamgauge.redis.reclaim.CountOrphansScript;
import dev.streamgauge.redis.reclaim.KeepEntriesScript;
import dev.streamgauge.redis.topology.RedisNode;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The connection of one consumer, on which it reads entries and folds them, and which nothing else uses. A class for
 * each script makes the calls.
 *
 * <p>A batch must be folded on the connection it was read from: after a failover another server may give the same ids
 * to other entries. After any failure that is not an {@linkplain RedisFailure#isAnswer answer}, drop every batch,
 * close, open a new connection, and read the entries that are still pending for this consumer. Never repeat a fold.
 *
 * <p>All methods block, up to the deadline of a call, and throw {@link RedisFailure}. Not thread-safe.
 */
public final class FoldConnection implements AutoCloseable {

    private final Consumer consumer;
    private final CreateGroupScript createGroup;
    private final StreamReader stream;
    private final ReadPendingScript readPending;
    private final FoldBatchScript foldBatch;
    private final DeadLetterEntryScript deadLetterEntry;
    private final ClaimEntriesScript claimEntries;
    private final KeepEntriesScript keepEntries;
    private final CountOrphansScript countOrphans;
    private final RemoveConsumerScript removeConsumer;

    private FoldConnection(Consumer consumer) {
        this.consumer = consumer;
        this.createGroup = new CreateGroupScript(consumer);
        this.stream = new StreamReader(consumer);
        this.readPending = new ReadPendingScript(consumer);
        this.foldBatch = new FoldBatchScript(consumer);
        this.deadLetterEntry = new DeadLetterEntryScript(consumer);
        this.claimEntries = new ClaimEntriesScript(consumer);
        this.keepEntries = new KeepEntriesScript(consumer);
        this.countOrphans = new CountOrphansScript(consumer);
        this.removeConsumer = new RemoveConsumerScript(consumer);
    }

    /**
     * Connects to a node. All partitions are those of the node.
     *
     * @param consumer the consumer's name, unique among processes
     */
    public static FoldConnection open(RedisNode node, String consumer) {
        return open(node, consumer, () -> {});
    }

    /**
     * Connects to a node. All partitions are those of the node.
     *
     * @param consumer the consumer's name, unique among processes
     * @param onReply is run after each reply of Redis, since one method may need many calls
     */
    public static FoldConnection open(RedisNode node, String consumer, Runnable onReply) {
        return new FoldConnection(Consumer.open(node, consumer, onReply));
    }

    /**
     * Creates the missing groups, from the beginning of their streams, so that no entry is skipped. This works when
     * Redis is full, too, since it cannot be drained without a group.
     */
    public void createGroups() {
        createGroups(consumer.partitions());
    }

    /** Likewise, of those partitions alone. */
    public void createGroups(Collection<Integer> partitions) {
        partitions.forEach(createGroup::call);
    }

    /**
     * Entries that no consumer has read yet, by partition, in the streams' order. Waits for the first one for half the
     * deadline at most.
     *
     * @param count most entries of each partition
     */
    public Map<Integer, List<ReadEntry>> readNew(int count) {
        return readNew(consumer.partitions(), count);
    }

    /**
     * Likewise, of those partitions alone: a key that is no stream would fail the call for all others.
     *
     * @param partitions at least one
     */
    public Map<Integer, List<ReadEntry>> readNew(Collection<Integer> partitions, int count) {
        return stream.readNew(partitions, count);
    }

    /** Entries of a partition that no consumer has read yet, in the stream's order; none if there are none now. */
    public List<ReadEntry> readMore(int partition, int count) {
        return stream.readMore(partition, count);
    }

    /**
     * Entries of a partition that this consumer has read and not folded, after an id, in the stream's order. This does
     * not reset their idle time, as XREADGROUP would, so other consumers may take over entries that this one reads
     * repeatedly and cannot fold. See {@link #keep}.
     */
    public List<ReadEntry> readOwn(int partition, EntryId after, int count) {
        return readPending.call(partition, after, count);
    }

    /**
     * Folds a batch whose entries were read on this connection.
     *
     * @param expiryOf how long a tenant's series are kept: what expired starts again
     */
    public FoldAnswer fold(int partition, FoldBatch batch, Function<TenantId, SeriesExpiry> expiryOf) {
        // A single entry cannot be split, so it is folded whatever it costs.
        boolean canSplit = batch.entries().size() > 1;
        return foldBatch.call(
                partition, batch, expiryOf, canSplit ? FoldUnits.MAX_PER_CALL : FoldBatchScript.ANY_UNITS);
    }

    /** What the last batch that was folded has cost, in {@link FoldUnits}, as the fold script counts; 0 before. */
    public int foldedUnits() {
        return foldBatch.foldedUnits();
    }

    /** Moves an entry that can never be folded to the dead letters, its partition's and its tenant's. */
    public DeadLetterResult deadLetter(int partition, ReadEntry entry, DeadLetterReason cause) {
        return deadLetterEntry.call(partition, entry, cause);
    }

    /** Takes over entries of a partition that other consumers have read and left idle for at least that long. */
    public Claims claim(int partition, Duration minIdle) {
        return claimEntries.call(partition, minIdle);
    }

    /**
     * Why nothing can be folded in a partition: one of the partition's own keys holds unexpected data. Empty if folding
     * is possible, or only the group is missing.
     */
    public Optional<String> findFlaw(int partition) {
        return claimEntries.findFlaw(partition);
    }

    /**
     * Resets the idle time of entries that are still pending for this consumer, so that others do not take them over.
     * Returns their number.
     */
    public int keep(int partition, Collection<EntryId> entries) {
        return keepEntries.call(partition, entries);
    }

    /**
     * Samples of a partition that are pending forever, because another program deleted their entries. Reported only
     * while the partition has no other backlog; otherwise 0.
     */
    public long countOrphans(int partition) {
        return countOrphans.call(partition);
    }

    /** Removes consumers of a partition that have nothing pending and did nothing for that long. */
    public void removeIdleConsumers(int partition, Duration minIdle) {
        removeConsumer.callForIdle(partition, minIdle);
    }

    /** Removes this consumer, wherever it has nothing pending. */
    public void leave() {
        consumer.partitions().forEach(removeConsumer::callForSelf);
    }

    @Override
    public void close() {
        consumer.close();
    }
}
