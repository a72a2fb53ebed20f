package dev.streamgauge.server.access;

import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.tenant.TenantId;

/** A key and the tenant that it belongs to. */
record OwnedKey(TenantId tenant, KeyRecord key) {}
