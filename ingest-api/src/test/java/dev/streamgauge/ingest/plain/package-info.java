/**
 * A push protocol that only tests have: it shows that a protocol needs no change in the product. Read {@link
 * dev.streamgauge.ingest.plain.PlainProtocol} first.
 */
@NullMarked
package dev.streamgauge.ingest.plain;

import org.jspecify.annotations.NullMarked;
