/**
 * Numbers of many values: bucket bounds, quantiles, sketches, and sums that stay exact. Depends on no other package of
 * {@code core}. Read {@link dev.streamgauge.core.distribution.DoubleDouble} first.
 */
@NullMarked
package dev.streamgauge.core.distribution;

import org.jspecify.annotations.NullMarked;
