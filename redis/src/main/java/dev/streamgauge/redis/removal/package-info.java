/** Removing what is kept of a tenant, step by step: {@link dev.streamgauge.redis.reset.RegistryReset}. */
@NullMarked
package dev.streamgauge.redis.reset;

import org.jspecify.annotations.NullMarked;
