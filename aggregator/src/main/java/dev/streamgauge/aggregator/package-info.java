/**
 * The role aggregator: its loops run beside each other, and {@link dev.streamgauge.aggregator.LoopLiveness} watches
 * them. {@code fold} folds accepted entries into the tenants' registries, {@code sweep} removes expired series, and
 * {@code admin} answers administrators.
 *
 * <p>Read {@link dev.streamgauge.aggregator.fold.FoldLoop} first. Depends on server.
 */
@NullMarked
package dev.streamgauge.aggregator;

import org.jspecify.annotations.NullMarked;
