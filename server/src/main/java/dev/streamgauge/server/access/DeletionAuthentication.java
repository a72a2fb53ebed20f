package dev.streamgauge.server.access;

import dev.streamgauge.core.tenant.TenantId;

/** The tenant whose series a request may delete, or why it is denied. */
public sealed interface DeletionAuthentication {

    /**
     * The request may delete series of this tenant.
     *
     * @param by the key, for the log: {@code admin-key}, or the id of a tenant's key
     */
    record Granted(TenantId tenant, String by) implements DeletionAuthentication {}

    /** The request is denied. */
    record Denied(AccessError error) implements DeletionAuthentication {}
}
