/**
 * The transport of Vert.x: how server sockets accept connections, and how the names of hosts become addresses. {@link
 * dev.streamgauge.server.transport.BoundedTransport} is the whole of it; {@link
 * dev.streamgauge.server.connections.ServerConnections} decides which connections may stay.
 */
@NullMarked
package dev.streamgauge.server.transport;

import org.jspecify.annotations.NullMarked;
