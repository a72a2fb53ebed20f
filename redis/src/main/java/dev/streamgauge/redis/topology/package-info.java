/**
 * Which server has which keys, and the connections to it. {@link dev.streamgauge.redis.topology.RedisTopology} is the
 * seam: read it first. {@link dev.streamgauge.redis.topology.SingleServer} is its only variant.
 *
 * <p>Depends on the keyspace and the failures alone; all packages that call Redis depend on it.
 */
@NullMarked
package dev.streamgauge.redis.topology;

import org.jspecify.annotations.NullMarked;
