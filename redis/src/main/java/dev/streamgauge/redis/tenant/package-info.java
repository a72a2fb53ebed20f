/**
 * The directory of tenants in Redis, with their keys and limits. Read {@link
 * dev.streamgauge.redis.tenant.TenantDirectory} first.
 *
 * <p>Depends on core's {@link dev.streamgauge.core.access} and on {@link dev.streamgauge.redis.topology.RedisConnections}.
 */
@NullMarked
package dev.streamgauge.redis.tenant;

import org.jspecify.annotations.NullMarked;
