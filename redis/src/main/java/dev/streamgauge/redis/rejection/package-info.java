/** Keeping for each tenant what was rejected, over all ingest processes: {@link dev.streamgauge.redis.rejection.RejectionCounts}. */
@NullMarked
package dev.streamgauge.redis.rejection;

import org.jspecify.annotations.NullMarked;
