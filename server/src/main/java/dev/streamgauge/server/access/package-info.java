/**
 * Authenticates requests: which tenant they act as, and what they may do.
 *
 * <p>Depends on core, the tenants in memory, and the server's configuration and errors. Read {@link
 * dev.streamgauge.server.access.Authenticator} first.
 */
@NullMarked
package dev.streamgauge.server.access;

import org.jspecify.annotations.NullMarked;
