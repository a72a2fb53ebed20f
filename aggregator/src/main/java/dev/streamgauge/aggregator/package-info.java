/**
 * The role aggregator: reads accepted entries and folds them into the tenants' registries, exactly once, together with
 * any number of other aggregators.
 *
 * <p>Read {@link dev.streamgauge.aggregator.FoldLoop} first. Depends on server.
 */
@NullMarked
package dev.streamgauge.aggregator;

import org.jspecify.annotations.NullMarked;
