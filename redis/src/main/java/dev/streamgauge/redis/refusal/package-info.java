/** Keeping for each tenant what was refused, over all ingest processes: {@link dev.streamgauge.redis.refusal.RefusalCounts}. */
@NullMarked
package dev.streamgauge.redis.refusal;

import org.jspecify.annotations.NullMarked;
