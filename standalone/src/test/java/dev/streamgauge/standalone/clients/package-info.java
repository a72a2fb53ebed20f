/**
 * The clients of {@code clients/} against a server that fails in every known way. {@link
 * dev.streamgauge.standalone.clients.ClientsIT} prints the table of clients and faults; the faults are in {@link
 * dev.streamgauge.standalone.clients.FaultTable}. Run by {@code make e2e}, which needs the runtimes installed.
 */
@NullMarked
package dev.streamgauge.standalone.clients;

import org.jspecify.annotations.NullMarked;
