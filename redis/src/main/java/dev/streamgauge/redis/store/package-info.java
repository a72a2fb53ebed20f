/**
 * Redis as a whole: whether it can be used as the store ({@link dev.streamgauge.redis.store.StoreCheck}), and the
 * counters of all partitions ({@link dev.streamgauge.redis.store.StoreTotals}).
 */
@NullMarked
package dev.streamgauge.redis.store;

import org.jspecify.annotations.NullMarked;
