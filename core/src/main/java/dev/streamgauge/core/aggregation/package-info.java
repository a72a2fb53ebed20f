/**
 * How the samples of one series are aggregated; one file per kind, from the validation of what was sent to what a scrape
 * shows. Depends on the packages distribution, sample, snapshot, stream and tenant. Read {@link
 * dev.streamgauge.core.aggregation.Aggregation} first, then {@link dev.streamgauge.core.aggregation.Counter} as an
 * example.
 */
@NullMarked
package dev.streamgauge.core.aggregation;

import org.jspecify.annotations.NullMarked;
