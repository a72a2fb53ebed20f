/**
 * What a client prefers, by the headers of its request: the format and the coding of a body. Depends on core's formats
 * only. Read {@link dev.streamgauge.query.negotiation.FormatNegotiation} first.
 */
@NullMarked
package dev.streamgauge.query.negotiation;

import org.jspecify.annotations.NullMarked;
