package dev.streamgauge.redis.tenant;

import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.TenantId;

/** What the directory holds of one tenant, at the moment when it was read. */
public sealed interface DirectoryEntry {

    /** The tenant. */
    TenantId tenant();

    /** The record as it is stored; empty if there is no record. */
    String text();

    /** There is no such tenant, or it was deleted. */
    record Absent(TenantId tenant) implements DirectoryEntry {

        @Override
        public String text() {
            return "";
        }
    }

    /** The tenant exists. */
    record Known(TenantId tenant, String text, TenantRecord content) implements DirectoryEntry {

        /** Leaves the stored text out, which holds hashes. */
        @Override
        public String toString() {
            return "Known[" + content + "]";
        }
    }

    /**
     * The tenant exists, but this release cannot read its record, which a newer release has written.
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
