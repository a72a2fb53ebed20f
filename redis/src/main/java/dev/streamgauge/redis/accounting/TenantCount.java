package dev.streamgauge.redis.accounting;

import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.stream.IntStream;

/** How many tenants have series, in all partitions, whether they have a record or not. */
public final class TenantCount {

    private TenantCount() {}

    /** Asks Redis. Fails with {@link RedisFailure}. */
    public static Uni<Long> read(RedisTopology topology) {
        return Uni.join()
                .all(IntStream.range(0, topology.keyspace().partitions())
                        .mapToObj(partition -> topology.forPartition(partition)
                                .send(Request.cmd(Command.ZCARD)
                                        .arg(topology.keyspace().sweeps(partition)))
                                .map(RedisReply::number))
                        .toList())
                .andFailFast()
                .map(counts -> counts.stream().mapToLong(Long::longValue).sum());
    }
}
