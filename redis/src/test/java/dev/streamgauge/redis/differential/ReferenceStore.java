package dev.streamgauge.redis.differential;

import dev.streamgauge.core.entry.EntryReader;
import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.validation.Sample;
import dev.streamgauge.redis.consumer.ReadEntry;
import dev.streamgauge.redis.deadletter.DeadLetterResult;
import dev.streamgauge.redis.fold.FoldAnswer;
import dev.streamgauge.redis.reclaim.Claims;
import dev.streamgauge.redis.removal.RemovalOutcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;

/**
 * One partition as the scripts must leave it, kept in plain Java: nothing is counted twice in it because an entry has
 * one fate, and every counter is computed from entries and tenants rather than moved along.
 */
final class ReferenceStore {

    /** What became of an entry; one that was deleted from outside is still waiting, forever. */
    private enum Fate {
        WAITING,
        FOLDED,
        DEAD_LETTERED
    }

    /** An entry of the stream. Redis gives the id, so it is learnt afterwards. */
    static final class Entry {
        private final Optional<String> tenant;
        private final List<Sample> samples;
        private final byte[] payload;
        private Optional<EntryId> id = Optional.empty();
        private Fate fate = Fate.WAITING;
        private boolean isStored = true;
        private boolean isRead;
        private Optional<String> holder = Optional.empty();

        Entry(Optional<String> tenant, List<Sample> samples, byte[] payload) {
            this.tenant = tenant;
            this.samples = samples;
            this.payload = payload;
        }

        EntryId id() {
            return id.orElseThrow();
        }

        boolean isOfNewerVersion() {
            return EntryReader.version(payload) > EntryWriter.VERSION;
        }

        private boolean isHeldBy(String consumer) {
            return holder.isPresent() && holder.get().equals(consumer);
        }
    }

    private final Map<String, ReferenceTenant> tenants = new TreeMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private int lost;

    ReferenceTenant tenant(String name) {
        return tenants.computeIfAbsent(name, any -> new ReferenceTenant());
    }

    /** Appends an entry, whose id is not yet known. */
    void append(Entry entry) {
        entries.add(entry);
    }

    /** Entries whose ids are not yet known, in the order of appending. */
    List<Entry> entriesWithoutId() {
        return entries.stream().filter(entry -> entry.id.isEmpty()).toList();
    }

    static void learnId(Entry entry, EntryId id) {
        entry.id = Optional.of(id);
    }

    /** Entries in the stream. */
    List<Entry> stored() {
        return entries.stream().filter(entry -> entry.isStored).toList();
    }

    boolean hasUnread() {
        return entries.stream().anyMatch(entry -> entry.isStored && !entry.isRead);
    }

    /** As XREADGROUP with {@code >}. */
    List<ReadEntry> readNew(String consumer, int count) {
        List<Entry> read = entries.stream()
                .filter(entry -> entry.isStored && !entry.isRead)
                .limit(count)
                .toList();
        for (Entry entry : read) {
            entry.isRead = true;
            entry.holder = Optional.of(consumer);
        }
        return read.stream().map(ReferenceStore::asRead).toList();
    }

    /** As XREADGROUP with an id. */
    List<ReadEntry> readOwn(String consumer, EntryId after, int count) {
        return entries.stream()
                .filter(entry -> entry.isHeldBy(consumer) && entry.id().compareTo(after) > 0)
                .limit(count)
                .map(ReferenceStore::asRead)
                .toList();
    }

    private static ReadEntry asRead(Entry entry) {
        return new ReadEntry(entry.id(), entry.isStored ? Optional.of(entry.payload) : Optional.empty());
    }

    /** Folds all of these entries if the consumer holds all of them, or none. */
    FoldAnswer fold(String consumer, List<EntryId> ids) {
        List<Entry> batch = ids.stream().map(this::entry).toList();
        Optional<EntryId> stale = batch.stream()
                .filter(entry -> !entry.isHeldBy(consumer))
                .map(Entry::id)
                .min(Comparator.naturalOrder());
        if (stale.isPresent()) {
            return new FoldAnswer.Stale(stale.get());
        }
        for (Entry entry : batch) {
            tenant(entry.tenant.orElseThrow()).fold(entry.id(), entry.samples, entry.payload);
            finish(entry, Fate.FOLDED);
        }
        return new FoldAnswer.Folded(0);
    }

    DeadLetterResult deadLetter(String consumer, EntryId id) {
        Entry entry = entry(id);
        if (!entry.isHeldBy(consumer)) {
            return new DeadLetterResult.Stale();
        }
        if (!entry.isStored) {
            lose(entry);
            return new DeadLetterResult.Lost();
        }
        tenant(entry.tenant.orElseThrow()).deadLetter(entry.samples, entry.payload);
        finish(entry, Fate.DEAD_LETTERED);
        return new DeadLetterResult.DeadLettered();
    }

    private static void finish(Entry entry, Fate fate) {
        if (entry.fate != Fate.WAITING) {
            throw new IllegalStateException("an entry has one fate");
        }
        entry.fate = fate;
        entry.isStored = false;
        entry.holder = Optional.empty();
    }

    private void lose(Entry entry) {
        entry.holder = Optional.empty();
        lost++;
    }

    /** Takes over all entries that other consumers hold. */
    Claims claim(String consumer) {
        int claimed = 0;
        int unreadable = 0;
        int lostBefore = lost;
        for (Entry entry : entries) {
            if (entry.holder.isEmpty() || entry.isHeldBy(consumer)) {
                continue;
            }
            if (!entry.isStored) {
                lose(entry);
            } else if (entry.isOfNewerVersion()) {
                unreadable++;
            } else {
                entry.holder = Optional.of(consumer);
                claimed++;
            }
        }
        return new Claims(claimed, unreadable, lost - lostBefore);
    }

    /**
     * Resets a tenant's registry, unless an entry of it waits. Entries deleted from outside wait forever, but not when
     * there are no others.
     *
     * @return what was removed; empty if nothing was, since an entry waits
     */
    Optional<RemovalOutcome.Done> reset(String name) {
        return canRemove(name) ? Optional.of(tenant(name).reset()) : Optional.empty();
    }

    /** Deletes series of a tenant, by family and canonical labels, likewise. */
    Optional<RemovalOutcome.Done> delete(String name, BiPredicate<String, String> isSelected) {
        return canRemove(name) ? Optional.of(tenant(name).delete(isSelected)) : Optional.empty();
    }

    private boolean canRemove(String name) {
        boolean isIdle = entries.stream().noneMatch(entry -> entry.isStored || entry.holder.isPresent());
        return isIdle || tenant(name).backlog() <= 0;
    }

    /** As XDEL by another program. */
    static void deleteFromOutside(Entry entry) {
        entry.isStored = false;
    }

    private Entry entry(EntryId id) {
        return entries.stream()
                .filter(entry -> entry.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** What must be stored, in lines. */
    Set<String> describe() {
        Set<String> lines = new TreeSet<>();
        tenants.forEach((name, tenant) -> {
            if (tenant.isKnown()) {
                tenant.describe(name, lines);
            }
        });
        long deadLettered = entries.stream()
                .filter(entry -> entry.fate == Fate.DEAD_LETTERED)
                .count();
        lines.add("partition counts " + ReferenceTenant.sum(tenants.values()) + " buried=" + deadLettered + " lost="
                + lost + " saturated=0 dead letters=" + deadLettered);
        for (Entry entry : entries) {
            if (entry.isStored) {
                lines.add("entry " + entry.id());
            }
            entry.holder.ifPresent(holder -> lines.add("entry " + entry.id() + " held by " + holder));
        }
        return lines;
    }
}
