/**
 * What a fold costs Redis: in proportion to what was pushed, and bounded for each call. Read {@link
 * dev.streamgauge.core.entry.FoldUnits} first.
 */
@NullMarked
package dev.streamgauge.redis.fold.cost;

import org.jspecify.annotations.NullMarked;
