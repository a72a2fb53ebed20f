/**
 * Tenants and their limits: {@link dev.streamgauge.core.tenant.TenantId} and
 * {@link dev.streamgauge.core.tenant.TenantLimits}. Depends on family.
 */
@NullMarked
package dev.streamgauge.core.tenant;

import org.jspecify.annotations.NullMarked;
