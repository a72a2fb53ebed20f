/** Redis as a whole: whether it is fit to be the store ({@link dev.streamgauge.redis.store.StoreCheck}), and what its counters say ({@link dev.streamgauge.redis.store.StoreTotals}). */
@NullMarked
package dev.streamgauge.redis.store;

import org.jspecify.annotations.NullMarked;
