/**
 * What is done to all log records of this process. Read {@link dev.streamgauge.server.logs.ControlCharacters} first.
 * Depends on Quarkus' logging.
 */
@NullMarked
package dev.streamgauge.server.logs;

import org.jspecify.annotations.NullMarked;
