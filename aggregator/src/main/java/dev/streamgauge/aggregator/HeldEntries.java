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
 * What a loop holds of one partition since it could not be folded: entries that failed by themselves, with the number of
 * tries, and entries that wait for a release that can read the value they are to be added to.
 *
 * <p>Those that wait may be as many as the backlog's limit, and each is tried by a call of its own. So only some of them
 * are tried in one pass, those first that were not tried for longest; all of them, as soon as one could be folded.
 * Not thread-safe.
 */
final class HeldEntries {

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
        waiting.remove(entry);
        return tries.merge(entry, 1, Integer::sum);
    }

    /** Notes that an entry was tried, and waits for another release. */
    void await(EntryId entry) {
        tries.remove(entry);
        waiting.remove(entry); // to the end of the order
        waiting.add(entry);
    }

    /** Forgets entries that are settled. */
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

    /** Everything that was tried and stays pending for us. */
    List<EntryId> entries() {
        return Stream.concat(tries.keySet().stream(), waiting.stream()).toList();
    }

    /** How many entries wait for another release. */
    int waiting() {
        return waiting.size();
    }
}
