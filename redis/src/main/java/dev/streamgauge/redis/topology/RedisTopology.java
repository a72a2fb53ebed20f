package dev.streamgauge.redis.topology;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import java.util.List;

/**
 * Which server has which keys of a keyspace. Each call to Redis asks for the connections to the server that has its
 * keys, and asks again for the next call: a partition may move to another server at any time. The keys of one call are
 * of one partition, or of the directory.
 *
 * <p>Nothing here blocks or fails; a server that cannot be reached fails the call itself. Thread-safe.
 */
public interface RedisTopology extends AutoCloseable {

    /** The names of the keys, and the number of partitions. */
    Keyspace keyspace();

    /** Connections to the server that has the keys of a partition. */
    RedisConnections forPartition(int partition);

    /** Connections to the server that has the keys of a tenant. */
    default RedisConnections forTenant(TenantId tenant) {
        return forPartition(keyspace().partitionOf(tenant));
    }

    /** Connections to the server that has the directory of tenants, and the number of partitions. */
    RedisConnections forDirectory();

    /** All servers that have partitions. Each partition is on one of them. */
    List<RedisNode> nodes();

    /**
     * The same servers, with shared connections of their own, for calls that must not wait behind the answers to other
     * calls. The caller closes it; once this one is closed, it opens nothing either.
     */
    RedisTopology apart();

    /** Closes the connections. Calls under way fail, and no connection is opened any more. */
    @Override
    void close();
}
