/**
 * What is counted beside the registries. {@link dev.streamgauge.redis.accounting.RejectionCounts} counts the rejected
 * samples of each tenant. {@link dev.streamgauge.redis.accounting.UsageReader} reads how much a tenant has and has sent,
 * and {@link dev.streamgauge.redis.accounting.StoreTotals} the counters of all partitions, which the scripts move.
 *
 * <p>Depends on the topology. Read {@link dev.streamgauge.redis.accounting.UsageReader} first.
 */
@NullMarked
package dev.streamgauge.redis.accounting;

import org.jspecify.annotations.NullMarked;
