package dev.streamgauge.server.access;

import dev.streamgauge.core.tenant.TenantId;

/** As which tenant a caller acts. */
public sealed interface AuthenticationResult {

    /** The caller acts as that tenant. */
    record Known(TenantId tenant) implements AuthenticationResult {}

    /** The caller acts as nobody. */
    record Denied(AccessError why) implements AuthenticationResult {}
}
