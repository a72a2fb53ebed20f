/**
 * Who is calling: as which tenant, and with which rights. All tenants and their keys are held in memory.
 *
 * <p>Depends on core, the directory of tenants, and the server's configuration and errors. Read {@link
 * dev.streamgauge.server.access.Callers} first.
 */
@NullMarked
package dev.streamgauge.server.access;

import org.jspecify.annotations.NullMarked;
