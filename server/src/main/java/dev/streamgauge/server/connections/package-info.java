/**
 * Bounds the connections of the HTTP server, plain and TLS: how many there are, and how long one may take to send a
 * request. {@link dev.streamgauge.server.transport.BoundedTransport} puts handlers on Netty's channels, {@link
 * dev.streamgauge.server.connections.ServerConnections} decides. Read that one first. {@link
 * dev.streamgauge.server.connections.PausedRequests} bounds what is queued for requests that wait. Depends on Netty,
 * Vert.x and Quarkus' container.
 */
@NullMarked
package dev.streamgauge.server.connections;

import org.jspecify.annotations.NullMarked;
