/**
 * Redis as a server: whether it can be used as the store ({@link dev.streamgauge.redis.store.StoreCheck}), and its
 * memory.
 */
@NullMarked
package dev.streamgauge.redis.store;

import org.jspecify.annotations.NullMarked;
