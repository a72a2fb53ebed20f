package dev.streamgauge.redis.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/** A reader of the directory, as in a process: it knows all tenants that it has read, and goes on from there. */
final class FollowingReader {

    private final Supplier<TenantDirectory> directory;
    private final SortedMap<String, DirectoryEntry> known = new TreeMap<>();
    private DirectoryPosition position = DirectoryPosition.NONE;
    private int restarts;
    private int answers;

    /** @param directory asked before each call */
    FollowingReader(Supplier<TenantDirectory> directory) {
        this.directory = directory;
    }

    /** Makes one call. Returns whether it was the last. */
    boolean read() {
        DirectoryAnswer answer = directory.get().readSince(position).await().indefinitely();
        answers++;
        position = answer.next();
        return switch (answer) {
            case DirectoryAnswer.Restart restart -> {
                restarts++;
                known.clear();
                yield false;
            }
            case DirectoryAnswer.Changes changes -> {
                changes.entries().forEach(entry -> {
                    if (entry instanceof DirectoryEntry.Absent) {
                        known.remove(entry.tenant().value());
                    } else {
                        known.put(entry.tenant().value(), entry);
                    }
                });
                yield changes.isLast();
            }
        };
    }

    /** Reads until there is no more. Returns the names of all tenants that it knows then. */
    Set<String> readAll() {
        answers = 0;
        restarts = 0;
        while (!read()) {
            assertThat(answers).isLessThan(1_000);
        }
        return known.keySet();
    }

    SortedMap<String, DirectoryEntry> known() {
        return known;
    }

    /** Answers of the last {@link #readAll} that told it to start over. */
    int restarts() {
        return restarts;
    }

    /** Calls of the last {@link #readAll}. */
    int answers() {
        return answers;
    }
}
