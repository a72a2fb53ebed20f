/**
 * Folds entries that were read. {@link dev.streamgauge.aggregator.fold.batch.BatchFolder} decides what goes into one
 * call, {@link dev.streamgauge.aggregator.fold.batch.EntryIsolation} what becomes of entries that cannot be folded
 * together, or not at all.
 */
@NullMarked
package dev.streamgauge.aggregator.fold.batch;

import org.jspecify.annotations.NullMarked;
