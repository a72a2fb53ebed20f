/**
 * The status of a process, for people and for Prometheus. Read {@link dev.streamgauge.server.status.StatusResource}
 * first.
 *
 * <p>Depends on the server's state, on authentication, and on Micrometer.
 */
@NullMarked
package dev.streamgauge.server.status;

import org.jspecify.annotations.NullMarked;
