/**
 * What a scrape shows, without live state. Depends on distribution only. Read {@link
 * dev.streamgauge.core.snapshot.SeriesSnapshot} first.
 */
@NullMarked
package dev.streamgauge.core.snapshot;

import org.jspecify.annotations.NullMarked;
