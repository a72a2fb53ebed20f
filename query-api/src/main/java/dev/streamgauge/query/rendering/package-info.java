/**
 * Turns a tenant's registry into the body of a scrape: {@link dev.streamgauge.query.rendering.RegistryRenderer} reads
 * Redis page by page, and writes chunks while it reads. Depends on redis, core, {@code scrape} and {@code share}. Read
 * {@code RegistryRenderer} first.
 */
@NullMarked
package dev.streamgauge.query.rendering;

import org.jspecify.annotations.NullMarked;
