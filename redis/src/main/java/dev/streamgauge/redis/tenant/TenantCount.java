package dev.streamgauge.redis.tenant;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.stream.IntStream;

/** How many tenants have series, in all partitions, whether they have a record or not. */
public final class TenantCount {

    private TenantCount() {}

    /** Asks Redis. Fails with {@link RedisFailure}. */
    public static Uni<Long> read(RedisConnections connections, Keyspace keyspace) {
        return Uni.join()
                .all(IntStream.range(0, keyspace.partitions())
                        .mapToObj(partition -> connections
                                .send(Request.cmd(Command.ZCARD).arg(keyspace.sweeps(partition)))
                                .map(RedisReply::number))
                        .toList())
                .andFailFast()
                .map(counts -> counts.stream().mapToLong(Long::longValue).sum());
    }
}
