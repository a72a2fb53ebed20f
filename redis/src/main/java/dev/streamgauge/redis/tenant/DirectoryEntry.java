package dev.streamgauge.redis.tenant;

import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.TenantId;

/** What the directory holds of one tenant, at the moment when it was read. */
public sealed interface DirectoryEntry {

    /** Whose entry it is. */
    TenantId tenant();

    /** The record as it is stored, empty for none. */
    String text();

    /** There is no such tenant, or no longer. */
    record Absent(TenantId tenant) implements DirectoryEntry {

        @Override
        public String text() {
            return "";
        }
    }

    /** There is the tenant. */
    record Known(TenantId tenant, String text, TenantRecord content) implements DirectoryEntry {

        /** Leaves the stored text out, which holds hashes. */
        @Override
        public String toString() {
            return "Known[" + content + "]";
        }
    }

    /**
     * There is the tenant, but this release cannot read its record, which a newer one has written.
     *
     * @param flaw why not
     */
    record Unreadable(TenantId tenant, String text, String flaw) implements DirectoryEntry {

        /** Leaves the stored text out, which holds hashes. */
        @Override
        public String toString() {
            return "Unreadable[" + tenant + ", " + flaw + "]";
        }
    }
}
