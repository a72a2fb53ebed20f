/**
 * Removing a tenant's series, step by step: all of them, {@link dev.streamgauge.redis.removal.RegistryReset}, or
 * selected ones, {@link dev.streamgauge.redis.removal.SeriesDeletion}.
 *
 * <p>Both fence the tenant, so that its pushes are rejected, and wait until everything that was accepted is folded.
 * Read {@link dev.streamgauge.redis.removal.RemovalSteps} first.
 */
@NullMarked
package dev.streamgauge.redis.removal;

import org.jspecify.annotations.NullMarked;
