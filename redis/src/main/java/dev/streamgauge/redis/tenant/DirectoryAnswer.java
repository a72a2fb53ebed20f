package dev.streamgauge.redis.tenant;

import java.util.List;

/** What a reader of the directory gets. */
public sealed interface DirectoryAnswer {

    /** Where to read on. */
    DirectoryPosition next();

    /** The reader has to start over: forget all tenants, and read them again from here. */
    record Restart(DirectoryPosition next) implements DirectoryAnswer {}

    /**
     * Tenants that have changed, oldest change first.
     *
     * @param isLast whether that was all, for now
     */
    record Changes(DirectoryPosition next, List<DirectoryEntry> entries, boolean isLast) implements DirectoryAnswer {

        public Changes {
            entries = List.copyOf(entries);
        }
    }
}
