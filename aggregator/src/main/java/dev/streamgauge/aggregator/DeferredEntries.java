package dev.streamgauge.aggregator;

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
 * What a loop holds of one partition since it could not be folded. Entries that failed by themselves have a number of
 * tries, and are dead-lettered for it. Others wait: those for a value that only a newer release can read, and those that could
 * not even be dead-lettered.
 *
 * <p>As many may wait as the backlog's limit lets in, and each is tried by a call of its own. So only some of them are
 * tried in one pass, those first that were not tried for longest; all of them, as soon as one is settled. Not
 * thread-safe.
 */
final class DeferredEntries {

    /** Waiting entries that are tried in one pass over a partition. */
    static final int MAX_RETRIES = 64;

    private final Map<EntryId, Integer> tries = new HashMap<>();

    /** In the order of their last try. */
    private final Set<EntryId> waiting = new LinkedHashSet<>();

    private final Set<EntryId> due = new HashSet<>();
    private boolean allDue;

    /** Begins a pass over what is still pending for us. */
    void beginPass() {
        allDue = false;
        due.clear();
        waiting.stream().limit(MAX_RETRIES).forEach(due::add);
    }

    /** Ends a pass that saw everything that is pending for us: others are no longer ours. */
    void endPass(Collection<EntryId> seen) {
        tries.keySet().retainAll(seen);
        waiting.retainAll(seen);
    }

    /** Counts a try of an entry by itself; how many there were. */
    int countTry(EntryId entry) {
        return tries.merge(entry, 1, Integer::sum);
    }

    /** Notes that an entry was tried and waits for a newer release, which is no fault of its own. */
    void waitForRelease(EntryId entry) {
        tries.remove(entry);
        waitAgain(entry);
    }

    /** Notes that an entry was tried often enough and could not be dead-lettered. Its tries stay counted. */
    void waitForDeadLetter(EntryId entry) {
        waitAgain(entry);
    }

    private void waitAgain(EntryId entry) {
        waiting.remove(entry); // it goes to the end of the order
        waiting.add(entry);
    }

    /** Forgets entries that are folded, dead-lettered, or no longer ours. */
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

    /** Everything that was tried and stays pending for us. */
    List<EntryId> entries() {
        return Stream.concat(tries.keySet().stream(), waiting.stream())
                .distinct()
                .toList();
    }
}
