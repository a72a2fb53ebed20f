package dev.streamgauge.server.access;

import dev.streamgauge.core.tenant.TenantId;
import java.util.List;

/** The tenants whose metrics a request may read. */
public sealed interface ReadableTenants {

    /**
     * The request may read these tenants, and no others.
     *
     * @param tenants ordered by id; may be empty
     */
    record Known(List<TenantId> tenants) implements ReadableTenants {

        public Known {
            tenants = List.copyOf(tenants);
        }
    }

    /** The request is denied. */
    record Denied(AccessError error) implements ReadableTenants {}
}
