/**
 * Stream entries: the samples of one request of one tenant in binary form, and many of them merged. Read
 * {@link dev.streamgauge.core.entry.EntryWriter} for the layout, then {@link dev.streamgauge.core.entry.FoldBatch}.
 */
@NullMarked
package dev.streamgauge.core.entry;

import org.jspecify.annotations.NullMarked;
