/**
 * The status of a process: {@link dev.streamgauge.server.status.StatusResource}.
 *
 * <p>Depends on the server's state and on authentication.
 */
@NullMarked
package dev.streamgauge.server.status;

import org.jspecify.annotations.NullMarked;
