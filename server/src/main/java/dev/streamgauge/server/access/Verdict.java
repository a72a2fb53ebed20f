package dev.streamgauge.server.access;

import dev.streamgauge.core.tenant.TenantId;

/** As which tenant a caller acts. */
public sealed interface Verdict {

    /** The caller acts as that tenant. */
    record Known(TenantId tenant) implements Verdict {}

    /** The caller acts as nobody. */
    record Denied(Refused why) implements Verdict {}
}
