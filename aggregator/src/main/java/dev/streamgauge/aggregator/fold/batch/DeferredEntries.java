package dev.streamgauge.aggregator.fold.batch;

import dev.streamgauge.core.stream.EntryId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Entries of one partition that could not be folded and stay pending for this consumer. An entry that failed by itself
 * has a number of tries, after which it becomes a dead letter. Other entries wait: those that add to a value that only
 * a newer release can read, and those that could not be moved to the dead letters.
 *
 * <p>The backlog limit is the only bound on the number of waiting entries, and each is tried by a call of its own. So
 * one pass tries only some of them, those with the oldest try first. As soon as one is settled, it tries all of them.
 * Not thread-safe.
 */
public final class DeferredEntries {

    /** Maximum number of waiting entries that one pass over a partition tries. */
    static final int MAX_RETRIES = 64;

    private final Map<EntryId, Integer> tries = new HashMap<>();

    /** In the order of their last try. */
    private final Set<EntryId> waiting = new LinkedHashSet<>();

    private final Set<EntryId> due = new HashSet<>();
    private boolean allDue;

    /** Begins a pass over the entries that are pending for this consumer. */
    public void beginPass() {
        allDue = false;
        due.clear();
        waiting.stream().limit(MAX_RETRIES).forEach(due::add);
    }

    /** Ends a pass that saw all entries that are pending for this consumer: forgets the others. */
    public void endPass(Collection<EntryId> seen) {
        tries.keySet().retainAll(seen);
        waiting.retainAll(seen);
    }

    /** Counts a try of an entry by itself. Returns the number of tries. */
    int countTry(EntryId entry) {
        return tries.merge(entry, 1, Integer::sum);
    }

    /** Notes that an entry was tried and waits for a newer release. Its tries are reset. */
    void waitForRelease(EntryId entry) {
        tries.remove(entry);
        waitAgain(entry);
    }

    /**
     * Notes that an entry was tried often enough and could not be moved to the dead letters. Its tries stay counted.
     */
    void waitForDeadLetter(EntryId entry) {
        waitAgain(entry);
    }

    private void waitAgain(EntryId entry) {
        waiting.remove(entry); // it goes to the end of the order
        waiting.add(entry);
    }

    /** Forgets entries that are folded, dead letters, or pending for another consumer. */
    void settle(List<EntryId> entries) {
        entries.forEach(tries::remove);
        allDue |= waiting.removeAll(entries);
    }

    boolean isWaiting(EntryId entry) {
        return waiting.contains(entry);
    }

    /** Whether a waiting entry is to be tried in this pass. */
    boolean isDue(EntryId entry) {
        return allDue || due.contains(entry);
    }

    /** How many entries wait for a newer release. */
    int waitingForRelease() {
        return (int) waiting.stream().filter(entry -> !tries.containsKey(entry)).count();
    }

    /** All entries that were tried and stay pending for this consumer. */
    public List<EntryId> entries() {
        return Stream.concat(tries.keySet().stream(), waiting.stream())
                .distinct()
                .toList();
    }
}
