/**
 * The binary form of a stream entry: the samples of one request of one tenant. Read
 * {@link dev.streamgauge.core.stream.EntryWriter} for the layout.
 */
@NullMarked
package dev.streamgauge.core.stream;

import org.jspecify.annotations.NullMarked;
