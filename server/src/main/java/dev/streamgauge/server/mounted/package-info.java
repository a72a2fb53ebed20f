/**
 * Settings in YAML files that are read again without a restart. Read {@link dev.streamgauge.server.mounted.MountedFile}
 * first.
 *
 * <p>Depends on core's limits, Vert.x' timers and Jackson.
 */
@NullMarked
package dev.streamgauge.server.mounted;

import org.jspecify.annotations.NullMarked;
