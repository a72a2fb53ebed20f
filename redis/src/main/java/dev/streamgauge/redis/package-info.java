/**
 * Redis as Streamgauge uses it: the keyspace, the servers that have it, and the scripts, each called by one class.
 *
 * <p>The only module that knows Redis. Depends on core, Mutiny and the Vert.x Redis client. Read {@link
 * dev.streamgauge.redis.Keyspace} first, then {@code scripts/admit_requests.lua} and {@code scripts/fold_batch.lua}.
 * What scripts share, and the kinds of metrics in a fold, are in {@code scripts/lib}.
 */
@NullMarked
package dev.streamgauge.redis;

import org.jspecify.annotations.NullMarked;
