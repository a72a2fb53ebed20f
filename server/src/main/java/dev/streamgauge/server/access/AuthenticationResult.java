package dev.streamgauge.server.access;

import dev.streamgauge.core.tenant.TenantId;

/** The tenant that a request acts as, or why it is denied. */
public sealed interface AuthenticationResult {

    /** The request acts as this tenant. */
    record Known(TenantId tenant) implements AuthenticationResult {}

    /** The request is denied. */
    record Denied(AccessError error) implements AuthenticationResult {}
}
