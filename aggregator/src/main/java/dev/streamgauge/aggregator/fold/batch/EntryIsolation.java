package dev.streamgauge.aggregator.fold.batch;

import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.deadletter.DeadLetterReason;
import dev.streamgauge.redis.deadletter.DeadLetterResult;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * Tries entries one by one, so that one bad entry does not affect the others. Only an entry that fails alone, for a
 * reason of its own, becomes a dead letter.
 *
 * <p>A stored value of an unknown version is not such a reason. A newer release wrote it and can fold the entry, so the
 * entry waits.
 *
 * <p>Blocking. Not thread-safe.
 */
public final class EntryIsolation {

    private static final Logger LOG = Logger.getLogger(EntryIsolation.class);

    /** How often an entry that cannot be decoded or folded is tried by itself. */
    private static final int MAX_TRIES = 5;

    private static final DeadLetterReason PAYLOAD_MISSING =
            new DeadLetterReason(DeadLetterReason.PAYLOAD_MISSING, "the entry has no field p, or nothing in it");

    /** Never shown to a tenant, since such an entry is counted as lost and does not become a dead letter. */
    private static final DeadLetterReason DELETED =
            new DeadLetterReason(DeadLetterReason.PAYLOAD_MISSING, "deleted from outside");

    private final Keyspace keyspace;
    private final FoldCalls calls;
    private final FoldMetrics metrics;

    /** Entries that could not be folded and stay pending for this consumer, by partition. */
    private final List<DeferredEntries> deferred;

    /** The last value that could not be read, for the alarm. */
    private String unreadableValue = "none";

    public EntryIsolation(Keyspace keyspace, FoldCalls calls, FoldMetrics metrics) {
        this.keyspace = keyspace;
        this.calls = calls;
        this.metrics = metrics;
        this.deferred = IntStream.range(0, keyspace.partitions())
                .mapToObj(partition -> new DeferredEntries())
                .toList();
    }

    /** Entries of a partition that could not be folded and stay pending for this consumer. */
    public DeferredEntries deferred(int partition) {
        return deferred.get(partition);
    }

    /** How many entries of all partitions wait for a newer release. */
    public int waitingForRelease() {
        return deferred.stream().mapToInt(DeferredEntries::waitingForRelease).sum();
    }

    /** The message of the last value that could not be read. */
    public String unreadableValue() {
        return unreadableValue;
    }

    /** Tries entries one by one, since they could not be folded together. */
    void foldEach(FoldConnection connection, int partition, List<ReadEntry> entries) throws StaleBatchException {
        metrics.failedBatch();
        for (ReadEntry entry : entries) {
            foldAlone(connection, partition, entry);
        }
    }

    /** Tries an entry that has a payload. */
    void foldAlone(FoldConnection connection, int partition, ReadEntry entry) throws StaleBatchException {
        PartitionBatch alone = new PartitionBatch(keyspace, partition);
        Optional<MalformedEntryException> malformed = alone.add(entry);
        if (malformed.isPresent()) {
            countTry(connection, partition, entry, reasonOf(entry, malformed.get()));
            return;
        }
        switch (calls.fold(connection, alone)) {
            case FoldAnswer.Folded folded ->
                deferred(partition).settle(alone.merged().entries());
            case FoldAnswer.Split split -> throw new IllegalStateException("a single entry cannot be split");
            case FoldAnswer.Unreadable unreadable -> {
                unreadableValue = unreadable.message();
                deferred(partition).waitForRelease(entry.id());
            }
            case FoldAnswer.Broken broken -> {
                LOG.warnf("fold partition=%d entryId=%s broken=%s", partition, entry.id(), broken.message());
                countTry(
                        connection,
                        partition,
                        entry,
                        new DeadLetterReason(DeadLetterReason.UNFOLDABLE, broken.message()));
            }
            case FoldAnswer.Stale stale -> throw calls.staleBatch(partition, stale.entry());
            case FoldAnswer.NoGroup noGroup -> throw FoldCalls.noGroup(partition);
        }
    }

    private static DeadLetterReason reasonOf(ReadEntry entry, MalformedEntryException malformed) {
        return entry.payload().orElseThrow().length == 0
                ? PAYLOAD_MISSING
                : new DeadLetterReason(DeadLetterReason.MALFORMED, String.valueOf(malformed.getMessage()));
    }

    /**
     * Counts a failed try of an entry. After the last one the entry becomes a dead letter; until then it stays pending.
     */
    private void countTry(FoldConnection connection, int partition, ReadEntry entry, DeadLetterReason cause) {
        if (deferred(partition).countTry(entry.id()) >= MAX_TRIES) {
            deadLetter(connection, partition, entry, cause);
        }
    }

    /** Counts an entry as lost that another program deleted. */
    void countDeleted(FoldConnection connection, int partition, ReadEntry entry) {
        deadLetter(connection, partition, entry, DELETED);
    }

    private void deadLetter(FoldConnection connection, int partition, ReadEntry entry, DeadLetterReason cause) {
        switch (connection.deadLetter(partition, entry, cause)) {
            case DeadLetterResult.DeadLettered deadLettered -> {
                deferred(partition).settle(List.of(entry.id()));
                LOG.errorf(
                        "dead-letter partition=%d entryId=%s reason=%s message=%s",
                        partition, entry.id(), cause.reason(), cause.message());
            }
            case DeadLetterResult.Lost lost -> {
                deferred(partition).settle(List.of(entry.id()));
                LOG.errorf("dead-letter partition=%d entryId=%s state=lost", partition, entry.id());
            }
            case DeadLetterResult.Stale stale -> {
                deferred(partition).settle(List.of(entry.id())); // its new consumer tries it again
                LOG.infof("dead-letter partition=%d entryId=%s state=stale", partition, entry.id());
            }
            // The unexpected data may be removed: then the entry is folded after all, or becomes a dead letter.
            case DeadLetterResult.Broken broken -> {
                deferred(partition).waitForDeadLetter(entry.id());
                LOG.errorf(
                        "dead-letter partition=%d entryId=%s reason=%s state=kept broken=%s",
                        partition, entry.id(), cause.reason(), broken.message());
            }
        }
    }
}
