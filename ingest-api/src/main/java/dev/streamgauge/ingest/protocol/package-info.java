/**
 * The seam between a push protocol and what all of them share: {@link dev.streamgauge.ingest.protocol.PushProtocol},
 * and the values that cross it. A protocol is one package beside this one, and depends on this one, core and server's
 * answers; it knows neither HTTP bodies nor Redis. Depends on core and server. Read {@code PushProtocol} first.
 */
@NullMarked
package dev.streamgauge.ingest.protocol;

import org.jspecify.annotations.NullMarked;
