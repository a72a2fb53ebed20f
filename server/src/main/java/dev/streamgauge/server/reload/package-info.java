/**
 * Settings in YAML files that are read again without a restart. Read {@link
 * dev.streamgauge.server.reload.ReloadingFile} first.
 *
 * <p>Depends on core's limits, Vert.x' timers and Jackson.
 */
@NullMarked
package dev.streamgauge.server.reload;

import org.jspecify.annotations.NullMarked;
