/**
 * Removes expired series, and tenants that have none left. Read {@link dev.streamgauge.aggregator.sweep.SweepLoop}
 * first.
 */
@NullMarked
package dev.streamgauge.aggregator.sweep;

import org.jspecify.annotations.NullMarked;
