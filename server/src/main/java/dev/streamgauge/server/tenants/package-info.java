/**
 * All tenants and their keys, in memory: those of the tenants file, and those of the directory in Redis, which is polled.
 *
 * <p>Depends on core, on redis, and on the server's configuration and files. Read {@link
 * dev.streamgauge.server.tenants.TenantCache} first.
 */
@NullMarked
package dev.streamgauge.server.tenants;

import org.jspecify.annotations.NullMarked;
