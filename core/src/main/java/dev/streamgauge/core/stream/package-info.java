/**
 * What entries of a stream are made of: ids, bytes, varints and texts. Read {@link dev.streamgauge.core.stream.EntryId}
 * first.
 */
@NullMarked
package dev.streamgauge.core.stream;

import org.jspecify.annotations.NullMarked;
