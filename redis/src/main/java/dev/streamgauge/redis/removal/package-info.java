/**
 * Removing what is kept of a tenant, step by step: all of it, {@link dev.streamgauge.redis.removal.RegistryReset}, or the
 * series that somebody selected, {@link dev.streamgauge.redis.removal.SeriesDeletion}.
 *
 * <p>Both hold the tenant's pushes off and wait until what was accepted is folded. Read {@link
 * dev.streamgauge.redis.removal.RemovalSteps} first.
 */
@NullMarked
package dev.streamgauge.redis.removal;

import org.jspecify.annotations.NullMarked;
