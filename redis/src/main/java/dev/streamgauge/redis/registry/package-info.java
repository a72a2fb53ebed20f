/** Reading a tenant's registry page by page: {@link dev.streamgauge.redis.registry.RegistryReader}. */
@NullMarked
package dev.streamgauge.redis.registry;

import org.jspecify.annotations.NullMarked;
