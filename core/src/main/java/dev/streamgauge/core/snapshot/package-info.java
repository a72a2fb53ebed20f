/**
 * What a scrape shows. Read {@link dev.streamgauge.core.snapshot.MetricType}
 * first.
 */
@NullMarked
package dev.streamgauge.core.snapshot;

import org.jspecify.annotations.NullMarked;
