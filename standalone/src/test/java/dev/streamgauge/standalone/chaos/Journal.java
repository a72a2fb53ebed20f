package dev.streamgauge.standalone.chaos;

import dev.streamgauge.standalone.chaos.Deleter.Deletion;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * What the senders know of their requests: written before each sending and after each answer, in memory and in a file.
 * It is the oracle that the totals are compared with. Thread-safe.
 */
public final class Journal implements AutoCloseable {

    private static final double SHARE_WITHOUT_KEY = 0.15;
    private static final double SHARE_WITH_BAD_SAMPLE = 0.03;
    private static final double SHARE_ALL_BAD = 0.03;

    private final BufferedWriter writer;
    private final List<String> tenants;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Map<String, List<Entry>> entries;
    private final Map<String, List<Deletion>> deletions = new ConcurrentHashMap<>();

    public Journal(Path file, List<String> tenants) {
        this.tenants = List.copyOf(tenants);
        try {
            writer = Files.newBufferedWriter(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.entries = tenants.stream().collect(Collectors.toMap(tenant -> tenant, tenant -> new ArrayList<>()));
    }

    /** What is known of a request. */
    enum Outcome {
        /** No definite answer yet: a sender is still trying. */
        OPEN,
        ACCEPTED,
        REJECTED,
        /** Sent once without a definite answer: counted zero times or once. */
        UNKNOWN
    }

    /** A request and what became of it. */
    public static final class Entry {

        private final Push push;
        private final List<String> trail = new CopyOnWriteArrayList<>();
        private volatile Outcome outcome = Outcome.OPEN;
        private volatile boolean counted;
        private volatile long firstSentNanos;
        private volatile long settledNanos;

        private Entry(Push push) {
            this.push = push;
        }

        public Push push() {
            return push;
        }

        Outcome outcome() {
            return outcome;
        }

        /** A quiet moment has seen it counted, so it must stay so. */
        boolean wasCounted() {
            return counted;
        }

        void setCounted() {
            counted = true;
        }

        long firstSentNanos() {
            return firstSentNanos;
        }

        long settledNanos() {
            return settledNanos;
        }

        /** When it was sent where, and what was answered. */
        String trail() {
            return String.join("; ", trail);
        }
    }

    List<String> tenants() {
        return tenants;
    }

    /** All requests of a tenant so far. */
    List<Entry> of(String tenant) {
        List<Entry> own = entries.getOrDefault(tenant, List.of());
        synchronized (own) {
            return List.copyOf(own);
        }
    }

    /** All deletions from a tenant so far that were answered or given up. */
    List<Deletion> deletions(String tenant) {
        return List.copyOf(deletions.getOrDefault(tenant, List.of()));
    }

    void deleted(String tenant, Deletion deletion) {
        deletions.computeIfAbsent(tenant, name -> new CopyOnWriteArrayList<>()).add(deletion);
    }

    /** A new request of some tenant, as the senders send them. */
    Entry next(Random random) {
        String tenant = tenants.get(random.nextInt(tenants.size()));
        boolean keyed = random.nextDouble() >= SHARE_WITHOUT_KEY;
        double share = random.nextDouble();
        Push.Flaw flaw = share < SHARE_WITH_BAD_SAMPLE
                ? Push.Flaw.BAD_SAMPLE
                : share < SHARE_WITH_BAD_SAMPLE + SHARE_ALL_BAD ? Push.Flaw.ALL_BAD : Push.Flaw.NONE;
        Set<Push.Kind> kinds = EnumSet.noneOf(Push.Kind.class);
        for (Push.Kind kind : EnumSet.complementOf(EnumSet.of(Push.Kind.COUNTER))) {
            if (random.nextBoolean()) {
                kinds.add(kind);
            }
        }
        return open(tenant, keyed, kinds, flaw);
    }

    /** A new request that must be accepted, to check whether pushes are accepted. */
    Entry probe() {
        return open(tenants.getFirst(), true, Set.of(), Push.Flaw.NONE);
    }

    /** A new request of that form. */
    public Entry open(String tenant, boolean keyed, Set<Push.Kind> kinds, Push.Flaw flaw) {
        Optional<String> key = keyed ? Optional.of(UUID.randomUUID().toString()) : Optional.empty();
        List<Entry> own = entries.getOrDefault(tenant, List.of());
        synchronized (own) {
            Entry entry = new Entry(new Push(numbers.getAndIncrement(), tenant, own.size(), key, kinds, flaw));
            own.add(entry);
            return entry;
        }
    }

    /** Before it goes out. */
    void sending(Entry entry, String target) {
        if (entry.trail.isEmpty()) {
            entry.firstSentNanos = System.nanoTime();
        }
        write(entry, "sent to " + target);
    }

    /** After an answer, or after giving up to wait for it. */
    void answered(Entry entry, String answer) {
        write(entry, answer);
    }

    /** What the answers say. */
    void settle(Entry entry, Outcome outcome) {
        entry.settledNanos = System.nanoTime();
        entry.outcome = outcome;
        write(entry, outcome.name());
    }

    private void write(Entry entry, String event) {
        Instant now = Instant.now();
        entry.trail.add(now + " " + event);
        synchronized (writer) {
            try {
                writer.write(now + " " + entry.push + " " + event);
                writer.newLine();
                writer.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
