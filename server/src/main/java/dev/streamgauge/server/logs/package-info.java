/**
 * How this process logs: what is done to all records, and how often some are written. Read
 * {@link dev.streamgauge.server.logs.ControlCharacters} first. Depends on Quarkus' logging.
 */
@NullMarked
package dev.streamgauge.server.logs;

import org.jspecify.annotations.NullMarked;
