/** Removing series that expired, page by page: {@link dev.streamgauge.redis.sweep.SeriesSweep}. */
@NullMarked
package dev.streamgauge.redis.sweep;

import org.jspecify.annotations.NullMarked;
