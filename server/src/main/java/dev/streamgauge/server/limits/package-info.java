/**
 * What each tenant may send and keep: the configured limits, and those of single tenants.
 *
 * <p>Depends on core, the server's configuration and errors, and authentication. Read {@link
 * dev.streamgauge.server.limits.TenantLimitsSource} first.
 */
@NullMarked
package dev.streamgauge.server.limits;

import org.jspecify.annotations.NullMarked;
