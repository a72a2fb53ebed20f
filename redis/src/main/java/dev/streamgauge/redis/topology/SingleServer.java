package dev.streamgauge.redis.topology;

import dev.streamgauge.redis.Keyspace;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One server has all keys.
 *
 * @param connections to the server
 * @param keyspace the names of the keys
 */
public record SingleServer(RedisConnections connections, Keyspace keyspace) implements RedisTopology {

    @Override
    public RedisConnections forPartition(int partition) {
        return connections;
    }

    @Override
    public RedisConnections forDirectory() {
        return connections;
    }

    /** The only node. */
    public RedisNode node() {
        List<Integer> partitions =
                IntStream.range(0, keyspace.partitions()).boxed().toList();
        return new RedisNode(connections, keyspace, partitions);
    }

    @Override
    public List<RedisNode> nodes() {
        return List.of(node());
    }

    @Override
    public RedisTopology apart() {
        return new SingleServer(connections.apart(), keyspace);
    }

    @Override
    public void close() {
        connections.close();
    }
}
