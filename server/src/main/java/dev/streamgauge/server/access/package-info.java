/**
 * Who is calling: as which tenant, and with which rights.
 *
 * <p>Depends on core and the server's errors. Read {@link dev.streamgauge.server.access.CallerTenant} first.
 */
@NullMarked
package dev.streamgauge.server.access;

import org.jspecify.annotations.NullMarked;
