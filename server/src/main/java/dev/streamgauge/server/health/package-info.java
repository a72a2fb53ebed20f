/**
 * The readiness of this process, and short paths to the health checks.
 *
 * <p>Depends on the store. Read {@link dev.streamgauge.server.health.Readiness} first.
 */
@NullMarked
package dev.streamgauge.server.health;

import org.jspecify.annotations.NullMarked;
