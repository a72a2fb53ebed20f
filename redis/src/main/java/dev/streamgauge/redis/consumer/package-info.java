/**
 * One consumer of the streams: its connection, the group that it belongs to, and what it reads. Depends on the
 * connections and the keyspace alone. Read {@link dev.streamgauge.redis.consumer.Consumer} first; what is done with the
 * entries is in {@code fold}, {@code deadletter} and {@code reclaim}.
 */
@NullMarked
package dev.streamgauge.redis.consumer;

import org.jspecify.annotations.NullMarked;
