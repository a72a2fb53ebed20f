package dev.streamgauge.server.access;

import dev.streamgauge.core.tenant.TenantId;
import java.util.List;

/** Which tenants' metrics a caller may read. */
public sealed interface ReadableTenants {

    /**
     * The caller may read those, and no others.
     *
     * @param tenants in the order of their ids; may be empty
     */
    record Known(List<TenantId> tenants) implements ReadableTenants {

        public Known {
            tenants = List.copyOf(tenants);
        }
    }

    /** The caller is told nothing. */
    record Denied(AccessError why) implements ReadableTenants {}
}
