/** Who sends and scrapes, and what they may do: {@link dev.streamgauge.core.tenant.TenantId} and {@link dev.streamgauge.core.tenant.TenantLimits}. Depends on the JDK only. */
@NullMarked
package dev.streamgauge.core.tenant;

import org.jspecify.annotations.NullMarked;
