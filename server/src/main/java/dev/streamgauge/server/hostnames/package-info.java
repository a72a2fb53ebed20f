/** Names of hosts that the client of Redis does not take. */
@NullMarked
package dev.streamgauge.server.hostnames;

import org.jspecify.annotations.NullMarked;
