/**
 * Counting the rejected samples of each tenant, over all ingest processes:
 * {@link dev.streamgauge.redis.rejection.RejectionCounts}.
 */
@NullMarked
package dev.streamgauge.redis.rejection;

import org.jspecify.annotations.NullMarked;
