/**
 * The store of this process: the connections to Redis, the check before they are used, and its state.
 *
 * <p>Depends on redis and the server's configuration. Read {@link dev.streamgauge.server.store.StartupCheck} first.
 */
@NullMarked
package dev.streamgauge.server.store;

import org.jspecify.annotations.NullMarked;
