/**
 * The consumer: reads accepted entries and has them folded, exactly once, together with any number of other
 * aggregators.
 *
 * <p>{@link dev.streamgauge.aggregator.fold.FoldLoop} decides when something is done, and what follows a failure; read
 * it first. {@code NewEntries} and {@code OwnEntries} decide what is read, {@code PartitionQuarantine} which partitions
 * are left out, {@code Maintenance} what is done periodically, {@code Reclaimer} what is taken over from other
 * consumers. What becomes of the entries is decided in {@code batch}.
 */
@NullMarked
package dev.streamgauge.aggregator.fold;

import org.jspecify.annotations.NullMarked;
