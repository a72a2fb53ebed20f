package dev.streamgauge.aggregator.fold;

import dev.streamgauge.aggregator.fold.batch.BatchFolder;
import dev.streamgauge.aggregator.fold.batch.StaleBatchException;
import dev.streamgauge.core.entry.EntryReader;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.fold.FoldConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Reads entries that no consumer has read yet, and folds them: how many at a time, and in which order. */
final class NewEntries {

    /**
     * Entries read from each partition at a time; if a read returns that many, the next reads of that partition are
     * larger.
     */
    private static final int READ_ENTRIES = 64;

    private static final int READ_ON_ENTRIES = 256;

    /** Entries, and bytes of payloads, after which no more is read of a partition before they are folded. */
    private static final int MAX_READ_ENTRIES = 2_048;

    private static final int MAX_READ_BYTES = 2 << 20;

    /**
     * Between two rounds of folding, the loop leaves Redis to other clients for as long as the round took, but no
     * longer than this. More entries arrive meanwhile, and a series that many of them add to is written once.
     */
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);

    private final BatchFolder folder;

    NewEntries(BatchFolder folder) {
        this.folder = folder;
    }

    /**
     * Makes a round. Waits for the first entry for half the deadline of a call at most.
     *
     * @param partitions at least one
     * @return how long to pause before the next round; zero if there was nothing to fold, or there is still more
     */
    Duration fold(FoldConnection connection, Collection<Integer> partitions) throws StaleBatchException {
        Map<Integer, List<ReadEntry>> first = connection.readNew(partitions, READ_ENTRIES);
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
            folder.fold(connection, partition, likeBesideLike(entries));
        }
        if (first.isEmpty() || waits) {
            return Duration.ZERO;
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        return took.compareTo(LONGEST_PAUSE) < 0 ? took : LONGEST_PAUSE;
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

    private static long bytesOf(List<ReadEntry> entries) {
        return entries.stream()
                .mapToLong(
                        entry -> entry.payload().map(payload -> payload.length).orElse(0))
                .sum();
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
}
