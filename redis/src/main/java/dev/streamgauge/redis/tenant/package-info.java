/**
 * The directory of tenants in Redis: who there is, with which keys and limits. Read {@link
 * dev.streamgauge.redis.tenant.TenantDirectory} first.
 *
 * <p>Depends on core's {@link dev.streamgauge.core.access} and the connections.
 */
@NullMarked
package dev.streamgauge.redis.tenant;

import org.jspecify.annotations.NullMarked;
