package dev.streamgauge.aggregator;

import dev.streamgauge.core.aggregation.FoldBatch;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.EntryReader;
import dev.streamgauge.core.stream.EntryWriter;
import dev.streamgauge.core.stream.MalformedEntryException;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.deadletter.DeadLetterReason;
import dev.streamgauge.redis.deadletter.DeadLetterResult;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.fold.FoldConnection;
import dev.streamgauge.redis.reclaim.Claims;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * The work of one consumer, on a thread of its own: read entries, merge them in memory, fold the batch in one call.
 *
 * <p>An entry is pending in Redis until the call that folds it, so nothing here has to be saved: after any failure the
 * loop drops its batches, connects again, and reads the entries that are still pending for it.
 *
 * <p>If a batch cannot be folded, its entries are tried one by one, so that one bad entry does not affect the others.
 * Only an entry that fails alone, for a reason of its own, becomes a dead letter.
 *
 * <p>Failures caused by a newer release do not count as tries. An entry of an unknown version is left idle, until a
 * release that can read it takes it over. An entry that adds to a value of an unknown version is recognized only when
 * it is tried. The loop resets its idle time; otherwise aggregators of this release would take it over from each other
 * forever.
 *
 * <p>Blocking; nothing else uses its connection.
 */
final class FoldLoop implements Runnable {

    private static final Logger LOG = Logger.getLogger(FoldLoop.class);

    /**
     * Entries read from each partition at a time; if a read returns that many, the next reads of that partition are
     * larger.
     */
    private static final int READ_ENTRIES = 64;

    private static final int READ_ON_ENTRIES = 256;

    /** Entries, and bytes of payloads, after which no more is read of a partition before they are folded. */
    private static final int MAX_READ_ENTRIES = 2_048;

    private static final int MAX_READ_BYTES = 2 << 20;

    /** Bounds of one fold call: two milliseconds of Redis. */
    private static final int MAX_BATCH_ENTRIES = 256;

    private static final int MAX_BATCH_WEIGHT = 1_000;

    /**
     * Between two rounds of folding, the loop leaves Redis to other clients for as long as the round took, but no
     * longer than this. More entries arrive meanwhile, and a series that many of them add to is written once.
     */
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);

    /** How often an entry that cannot be decoded or folded is tried by itself. */
    private static final int MAX_TRIES = 5;

    /** Consumers without pending entries that did nothing for so many reclaim times are removed. */
    private static final int IDLE_CONSUMER_FACTOR = 20;

    private static final DeadLetterReason PAYLOAD_MISSING =
            new DeadLetterReason(DeadLetterReason.PAYLOAD_MISSING, "the entry has no field p, or nothing in it");

    /** Never shown to a tenant, since such an entry is counted as lost and does not become a dead letter. */
    private static final DeadLetterReason DELETED =
            new DeadLetterReason(DeadLetterReason.PAYLOAD_MISSING, "deleted from outside");

    private static final Duration RECONNECT_PAUSE = Duration.ofMillis(200);

    private final RedisConnections connections;
    private final Keyspace keyspace;
    private final String consumer;
    private final Duration reclaimIdle;
    private final Function<TenantId, SeriesExpiry> expiryOf;
    private final FoldMetrics metrics;
    private final InstantSource clock;
    private final LoopPulse pulse;
    private final CountDownLatch stopping = new CountDownLatch(1);

    /** Entries that could not be folded and stay pending for this consumer, by partition. */
    private final List<DeferredEntries> deferred;

    /** Partitions where nothing can be folded, because one of their keys holds unexpected data; with the reason. */
    private final SortedMap<Integer, String> broken = new TreeMap<>();

    /** The last value that could not be read, for the alarm. */
    private String unreadableValue = "none";

    /** Samples that were pending forever at the last check, so that each number is logged once. */
    private long orphans;

    private Instant nextMaintenance = Instant.EPOCH;

    /** A Redis call failed and none has succeeded since, so that each outage is logged once. */
    private boolean failing;

    FoldLoop(
            RedisConnections connections,
            Keyspace keyspace,
            String consumer,
            Duration reclaimIdle,
            Function<TenantId, SeriesExpiry> expiryOf,
            FoldMetrics metrics,
            InstantSource clock,
            LoopPulse pulse) {
        this.connections = connections;
        this.keyspace = keyspace;
        this.consumer = consumer;
        this.reclaimIdle = reclaimIdle;
        this.expiryOf = expiryOf;
        this.metrics = metrics;
        this.clock = clock;
        this.pulse = pulse;
        this.deferred = IntStream.range(0, keyspace.partitions())
                .mapToObj(partition -> new DeferredEntries())
                .toList();
    }

    /** Lets the loop end after the batch in hand. */
    void stop() {
        stopping.countDown();
    }

    @Override
    public void run() {
        while (isRunning()) {
            pulse.beat();
            try (FoldConnection connection = FoldConnection.open(connections, keyspace, consumer, pulse::beat)) {
                work(connection);
                connection.leave();
                return;
            } catch (RedisFailure failure) {
                if (!failing) {
                    failing = true;
                    LOG.warnf("fold redis=%s message=%s", failure.kind(), failure.getMessage());
                }
                pause(RECONNECT_PAUSE);
            } catch (RuntimeException unforeseen) {
                // If the thread ended here, folding would stop for good, and only a growing backlog would show it.
                LOG.errorf(unforeseen, "fold state=failed consumer=%s", consumer);
                pause(RECONNECT_PAUSE);
            }
        }
    }

    private boolean isRunning() {
        return stopping.getCount() > 0;
    }

    private void pause(Duration pause) {
        pulse.rest(pause);
        try {
            if (stopping.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.debug("fold state=stopping");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop();
        }
    }

    private void work(FoldConnection connection) {
        boolean readOwn = true;
        while (isRunning()) {
            try {
                if (readOwn) {
                    foldOwn(connection);
                    readOwn = false;
                }
                if (isMaintenanceDue()) {
                    nextMaintenance = clock.instant().plus(maintenancePeriod());
                    maintain(connection);
                }
                foldNew(connection);
                if (failing) {
                    failing = false;
                    LOG.info("fold redis=up");
                }
            } catch (StaleBatchException stale) {
                readOwn = true;
            } catch (RedisFailure failure) {
                if (isGroupMissing(failure)) {
                    connection.createGroups(usable());
                    LOG.info("fold groups=created"); // at the first start, or after Redis was emptied
                } else if (!failure.isAnswer() || !leaveOutBroken(connection)) {
                    throw failure;
                }
            }
        }
    }

    private Duration maintenancePeriod() {
        return reclaimIdle.dividedBy(2);
    }

    /** Also if the clock has stepped back since. */
    private boolean isMaintenanceDue() {
        Duration left = Duration.between(clock.instant(), nextMaintenance);
        return !left.isPositive() || left.compareTo(maintenancePeriod()) > 0;
    }

    private void foldNew(FoldConnection connection) throws StaleBatchException {
        List<Integer> usable = usable();
        if (usable.isEmpty()) {
            pause(RECONNECT_PAUSE);
            return;
        }
        Map<Integer, List<ReadEntry>> first = connection.readNew(usable, READ_ENTRIES);
        long start = System.nanoTime();
        boolean waits = false;
        // A partition with a small backlog does not wait for one with a large backlog.
        List<Map.Entry<Integer, List<ReadEntry>>> fewestFirst = first.entrySet().stream()
                .sorted(Comparator.comparingInt(read -> read.getValue().size()))
                .toList();
        for (Map.Entry<Integer, List<ReadEntry>> read : fewestFirst) {
            int partition = read.getKey();
            List<ReadEntry> entries = new ArrayList<>(read.getValue());
            waits |= readOn(connection, partition, entries);
            fold(connection, partition, likeBesideLike(entries));
        }
        if (!first.isEmpty() && !waits) {
            Duration pause = Duration.ofNanos(System.nanoTime() - start);
            pause(pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE);
        }
    }

    /**
     * Reads on if the first read came back full: the more entries are folded at once, the less each of them costs.
     * Returns whether there may still be more.
     */
    private static boolean readOn(FoldConnection connection, int partition, List<ReadEntry> entries) {
        boolean waits = entries.size() == READ_ENTRIES;
        long bytes = bytesOf(entries);
        while (waits && entries.size() < MAX_READ_ENTRIES && bytes < MAX_READ_BYTES) {
            List<ReadEntry> more = connection.readMore(partition, READ_ON_ENTRIES);
            entries.addAll(more);
            bytes += bytesOf(more);
            waits = more.size() == READ_ON_ENTRIES;
        }
        return waits;
    }

    /**
     * Sorts entries by their first series. A sender pushes the same series repeatedly. If not all entries fit into one
     * call, those of one sender come into the same call, and their series are written once. The order of folding
     * changes no value.
     */
    private static List<ReadEntry> likeBesideLike(List<ReadEntry> entries) {
        if (entries.size() < 2) {
            return entries;
        }
        record Keyed(byte[] key, ReadEntry entry) {}
        return entries.stream()
                .map(entry ->
                        new Keyed(entry.payload().map(EntryReader::firstSeries).orElseGet(() -> new byte[0]), entry))
                .sorted((one, other) -> Arrays.compare(one.key(), other.key()))
                .map(Keyed::entry)
                .toList();
    }

    private static long bytesOf(List<ReadEntry> entries) {
        return entries.stream()
                .mapToLong(
                        entry -> entry.payload().map(payload -> payload.length).orElse(0))
                .sum();
    }

    private List<Integer> usable() {
        return IntStream.range(0, keyspace.partitions())
                .filter(partition -> !broken.containsKey(partition))
                .boxed()
                .toList();
    }

    /**
     * Finds partitions where nothing can be folded, and leaves them out, so that the others go on. Returns whether it
     * found another one. If not, the failure has another cause, and trying again at once would loop endlessly.
     */
    private boolean leaveOutBroken(FoldConnection connection) {
        Set<Integer> before = Set.copyOf(broken.keySet());
        for (int partition : usable()) {
            connection.findFlaw(partition).ifPresent(flaw -> broken.put(partition, flaw));
        }
        alarmOfBroken();
        return !before.containsAll(broken.keySet());
    }

    /** Checks the broken partitions again, and takes back those that were repaired. */
    private void recheckBroken(FoldConnection connection) {
        for (int partition : List.copyOf(broken.keySet())) {
            connection.findFlaw(partition).ifPresentOrElse(flaw -> broken.put(partition, flaw), () -> {
                broken.remove(partition);
                LOG.infof("fold partition=%d state=repaired", partition);
            });
        }
        connection.createGroups(usable()); // a stream may have been repaired by deleting it, with its group
        alarmOfBroken();
    }

    private void alarmOfBroken() {
        metrics.brokenPartitions(broken.size());
        if (!broken.isEmpty()) {
            LOG.errorf("fold brokenPartitions=%s", broken);
        }
    }

    private static boolean isGroupMissing(RedisFailure failure) {
        return failure.isAnswer()
                && (failure.getMessage().startsWith("NOGROUP")
                        || failure.getMessage().startsWith("UNBLOCKED"));
    }

    /**
     * Takes over idle entries of other consumers, tries deferred entries again, and removes consumers that are gone.
     */
    private void maintain(FoldConnection connection) throws StaleBatchException {
        if (!broken.isEmpty()) {
            recheckBroken(connection);
        }
        int unreadable = 0;
        for (int partition : usable()) {
            Claims claims = connection.claim(partition, reclaimIdle);
            metrics.claimed(claims.claimed());
            unreadable += claims.unreadable();
            if (claims.claimed() > 0 || claims.lost() > 0) {
                LOG.infof("reclaim partition=%d claimed=%d lost=%d", partition, claims.claimed(), claims.lost());
            }
            connection.removeIdleConsumers(partition, reclaimIdle.multipliedBy(IDLE_CONSUMER_FACTOR));
        }
        unreadable += foldOwn(connection);
        countOrphans(connection);
        for (int partition : usable()) {
            connection.keep(partition, deferred.get(partition).entries());
        }
        int waiting =
                deferred.stream().mapToInt(DeferredEntries::waitingForRelease).sum();
        metrics.unreadable(unreadable + waiting);
        if (unreadable + waiting > 0) {
            LOG.errorf(
                    "fold unreadableEntries=%d newestVersion=%d entriesForUnreadableValues=%d message=%s",
                    unreadable, EntryWriter.VERSION, waiting, unreadableValue);
        }
    }

    /** Reports entries that another program deleted: their tenants' backlogs stay too high until a reset. */
    private void countOrphans(FoldConnection connection) {
        long found = 0;
        for (int partition : usable()) {
            found += connection.countOrphans(partition);
        }
        if (found > 0 && found != orphans) {
            LOG.errorf("fold orphanedSamples=%d message=their entries were deleted from outside", found);
        }
        orphans = found;
        metrics.orphanedSamples(found);
    }

    /** Folds the entries that are pending for this consumer. Returns the number of entries of an unknown version. */
    private int foldOwn(FoldConnection connection) throws StaleBatchException {
        int unreadable = 0;
        for (int partition : usable()) {
            if (!isRunning()) {
                break;
            }
            deferred.get(partition).beginPass();
            Set<EntryId> seen = new HashSet<>();
            EntryId after = EntryId.NONE;
            List<ReadEntry> own;
            do {
                own = connection.readOwn(partition, after, READ_ENTRIES);
                own.forEach(entry -> seen.add(entry.id()));
                unreadable += fold(connection, partition, own);
                after = own.isEmpty() ? after : own.getLast().id();
            } while (!own.isEmpty());
            deferred.get(partition).endPass(seen);
        }
        return unreadable;
    }

    /** Folds entries of one partition in calls of bounded size. Returns the number of entries of an unknown version. */
    private int fold(FoldConnection connection, int partition, List<ReadEntry> entries) throws StaleBatchException {
        int unreadable = 0;
        DeferredEntries waiting = deferred.get(partition);
        FoldBatch batch = new FoldBatch();
        List<ReadEntry> batched = new ArrayList<>();
        for (ReadEntry entry : entries) {
            Optional<byte[]> payload = entry.payload();
            if (payload.isEmpty()) {
                deadLetter(connection, partition, entry, DELETED);
            } else if (EntryReader.version(payload.get()) > EntryWriter.VERSION) {
                unreadable++; // stays pending, for a release that can read it
            } else if (waiting.isWaiting(entry.id())) {
                if (waiting.isDue(entry.id())) {
                    foldAlone(connection, partition, entry);
                }
            } else {
                batched.add(entry);
                if (merge(batch, partition, entry.id(), payload.get()).isPresent()) {
                    foldEach(connection, partition, batched);
                    batch = new FoldBatch();
                    batched = new ArrayList<>();
                } else if (batched.size() >= MAX_BATCH_ENTRIES || batch.weight() >= MAX_BATCH_WEIGHT) {
                    foldBatch(connection, partition, batch, batched);
                    batch = new FoldBatch();
                    batched = new ArrayList<>();
                }
            }
        }
        if (!batched.isEmpty()) {
            foldBatch(connection, partition, batch, batched);
        }
        return unreadable;
    }

    /** Merges an entry into a batch. Returns the reason if it could not be merged; the batch is unusable then. */
    private Optional<MalformedEntryException> merge(FoldBatch batch, int partition, EntryId id, byte[] payload) {
        try {
            TenantId tenant = batch.add(id, payload);
            if (keyspace.partitionOf(tenant) != partition) { // its keys are in another slot, and other loops fold them
                throw new MalformedEntryException("tenant of another partition");
            }
            return Optional.empty();
        } catch (MalformedEntryException e) {
            LOG.warnf("fold entryId=%s malformed=%s", id, e.getMessage());
            return Optional.of(e);
        }
    }

    private void foldBatch(FoldConnection connection, int partition, FoldBatch batch, List<ReadEntry> batched)
            throws StaleBatchException {
        switch (call(connection, partition, batch)) {
            case FoldAnswer.Folded folded -> deferred.get(partition).settle(batch.entries());
            case FoldAnswer.Split split -> {
                metrics.splitBatch();
                int parts = Math.ceilDiv(batch.seriesCount(), Math.max(1, split.series()));
                foldParts(connection, partition, batched, Math.clamp(parts, 2, batched.size()));
            }
            case FoldAnswer.Unreadable unreadable -> foldEach(connection, partition, batched);
            case FoldAnswer.Broken broken -> {
                LOG.warnf("fold partition=%d entries=%d broken=%s", partition, batched.size(), broken.message());
                foldEach(connection, partition, batched);
            }
            case FoldAnswer.Stale stale -> throw staleBatch(partition, stale.entry());
            case FoldAnswer.NoGroup noGroup -> throw noGroup(partition);
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
        FoldBatch batch = new FoldBatch();
        for (ReadEntry entry : entries) {
            if (merge(batch, partition, entry.id(), entry.payload().orElseThrow())
                    .isPresent()) {
                foldEach(connection, partition, entries);
                return;
            }
        }
        foldBatch(connection, partition, batch, entries);
    }

    /** Tries entries one by one, since they could not be folded together. */
    private void foldEach(FoldConnection connection, int partition, List<ReadEntry> entries)
            throws StaleBatchException {
        metrics.failedBatch();
        for (ReadEntry entry : entries) {
            foldAlone(connection, partition, entry);
        }
    }

    private void foldAlone(FoldConnection connection, int partition, ReadEntry entry) throws StaleBatchException {
        FoldBatch alone = new FoldBatch();
        byte[] payload = entry.payload().orElseThrow();
        Optional<MalformedEntryException> malformed = merge(alone, partition, entry.id(), payload);
        if (malformed.isPresent()) {
            String message = String.valueOf(malformed.get().getMessage());
            countTry(
                    connection,
                    partition,
                    entry,
                    payload.length == 0 ? PAYLOAD_MISSING : new DeadLetterReason(DeadLetterReason.MALFORMED, message));
            return;
        }
        switch (call(connection, partition, alone)) {
            case FoldAnswer.Folded folded -> deferred.get(partition).settle(alone.entries());
            case FoldAnswer.Split split -> throw new IllegalStateException("a single entry cannot be split");
            case FoldAnswer.Unreadable unreadable -> {
                unreadableValue = unreadable.message();
                deferred.get(partition).waitForRelease(entry.id());
            }
            case FoldAnswer.Broken broken -> {
                LOG.warnf("fold partition=%d entryId=%s broken=%s", partition, entry.id(), broken.message());
                countTry(
                        connection,
                        partition,
                        entry,
                        new DeadLetterReason(DeadLetterReason.UNFOLDABLE, broken.message()));
            }
            case FoldAnswer.Stale stale -> throw staleBatch(partition, stale.entry());
            case FoldAnswer.NoGroup noGroup -> throw noGroup(partition);
        }
    }

    /**
     * Counts a failed try of an entry. After the last one the entry becomes a dead letter; until then it stays pending.
     */
    private void countTry(FoldConnection connection, int partition, ReadEntry entry, DeadLetterReason cause) {
        if (deferred.get(partition).countTry(entry.id()) >= MAX_TRIES) {
            deadLetter(connection, partition, entry, cause);
        }
    }

    private void deadLetter(FoldConnection connection, int partition, ReadEntry entry, DeadLetterReason cause) {
        switch (connection.deadLetter(partition, entry, cause)) {
            case DeadLetterResult.DeadLettered deadLettered -> {
                deferred.get(partition).settle(List.of(entry.id()));
                LOG.errorf(
                        "dead-letter partition=%d entryId=%s reason=%s message=%s",
                        partition, entry.id(), cause.reason(), cause.message());
            }
            case DeadLetterResult.Lost lost -> {
                deferred.get(partition).settle(List.of(entry.id()));
                LOG.errorf("dead-letter partition=%d entryId=%s state=lost", partition, entry.id());
            }
            case DeadLetterResult.Stale stale -> {
                deferred.get(partition).settle(List.of(entry.id())); // its new consumer tries it again
                LOG.infof("dead-letter partition=%d entryId=%s state=stale", partition, entry.id());
            }
            // The unexpected data may be removed: then the entry is folded after all, or becomes a dead letter.
            case DeadLetterResult.Broken broken -> {
                deferred.get(partition).waitForDeadLetter(entry.id());
                LOG.errorf(
                        "dead-letter partition=%d entryId=%s reason=%s state=kept broken=%s",
                        partition, entry.id(), cause.reason(), broken.message());
            }
        }
    }

    private static RedisFailure noGroup(int partition) {
        return new RedisFailure(RedisFailure.Kind.ERROR, "NOGROUP in partition " + partition);
    }

    private FoldAnswer call(FoldConnection connection, int partition, FoldBatch batch) {
        Instant start = clock.instant();
        FoldAnswer answer = connection.fold(partition, batch, expiryOf);
        if (answer instanceof FoldAnswer.Folded) {
            metrics.folded(batch.entries().size(), connection.foldedUnits(), Duration.between(start, clock.instant()));
        }
        return answer;
    }

    private StaleBatchException staleBatch(int partition, EntryId entry) {
        metrics.staleBatch();
        LOG.infof("fold partition=%d entryId=%s state=stale", partition, entry);
        return new StaleBatchException();
    }

    /** Another consumer has taken over part of the batch: drop all batches, and read the entries still pending here. */
    private static final class StaleBatchException extends Exception {
        private static final long serialVersionUID = 1L;

        StaleBatchException() {
            super("stale batch", null, false, false);
        }
    }
}
