package dev.streamgauge.redis.topology;

import dev.streamgauge.redis.Keyspace;
import java.util.List;

/**
 * A server, and what it has of a keyspace.
 *
 * @param connections to the server
 * @param keyspace the names of the keys
 * @param partitions those that it has, ascending; at least one
 */
public record RedisNode(RedisConnections connections, Keyspace keyspace, List<Integer> partitions) {

    public RedisNode {
        partitions = List.copyOf(partitions);
    }
}
