/**
 * How the samples of one series merge; one file per kind. Read {@link dev.streamgauge.core.aggregation.SeriesDelta}
 * first.
 */
@NullMarked
package dev.streamgauge.core.aggregation;

import org.jspecify.annotations.NullMarked;
