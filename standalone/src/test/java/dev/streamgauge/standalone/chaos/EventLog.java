package dev.streamgauge.standalone.chaos;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The log of a run: events with their time in a file, counts for the summary, and violations. Thread-safe. */
public final class EventLog implements AutoCloseable {

    private final BufferedWriter writer;
    private final List<String> violations = new CopyOnWriteArrayList<>();

    /** Guarded by this, as the next one. */
    private final Map<String, Long> counts = new TreeMap<>();

    private final Map<String, Duration> longest = new TreeMap<>();

    public EventLog(Path file) {
        try {
            writer = Files.newBufferedWriter(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes an event down. */
    public synchronized void note(String event) {
        try {
            writer.write(Instant.now() + " " + event);
            writer.newLine();
            writer.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void count(String name) {
        add(name, 1);
    }

    synchronized void add(String name, long number) {
        counts.merge(name, number, Long::sum);
    }

    public synchronized long counted(String name) {
        return counts.getOrDefault(name, 0L);
    }

    /** Keeps the longest of each name. */
    synchronized void took(String name, Duration duration) {
        longest.merge(name, duration, (one, other) -> one.compareTo(other) > 0 ? one : other);
    }

    /** Something that must never happen has happened; the run goes on to its next quiet moment, and fails there. */
    void violation(String what) {
        violations.add(what);
        note("VIOLATION " + what);
    }

    public List<String> violations() {
        return List.copyOf(violations);
    }

    /** All numbers, a line each. */
    public synchronized String summary() {
        StringBuilder text = new StringBuilder();
        counts.forEach((name, count) -> text.append("  %-46s %8d%n".formatted(name, count)));
        longest.forEach((name, duration) -> text.append("  %-46s %6d ms%n".formatted(name, duration.toMillis())));
        return text.toString();
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
