package dev.streamgauge.server.tenants;

import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.tenant.TenantId;

/** A key and the tenant that it belongs to. */
public record OwnedKey(TenantId tenant, KeyRecord key) {}
