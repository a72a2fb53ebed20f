/**
 * What a process says about itself: {@link dev.streamgauge.server.status.StatusResource}.
 *
 * <p>Depends on the server's state, and on who is calling.
 */
@NullMarked
package dev.streamgauge.server.status;

import org.jspecify.annotations.NullMarked;
