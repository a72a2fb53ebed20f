package dev.streamgauge.redis.accounting;

import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The estimated bytes of the largest tenants in Redis. Each is at most an eighth or 64 KiB off, whichever is more; that
 * of a tenant that does not push any more may be older, by the time until its next sweep.
 */
public final class TenantSizes {

    /** Of so many tenants of each partition. */
    private static final int TENANTS_OF_A_PARTITION = 500;

    private TenantSizes() {}

    /** Asks Redis: the bytes, in no order. Fails with {@link RedisFailure}. */
    public static Uni<List<Long>> readLargest(RedisTopology topology) {
        return Uni.join()
                .all(IntStream.range(0, topology.keyspace().partitions())
                        .mapToObj(partition -> topology.forPartition(partition)
                                .send(Request.cmd(Command.ZRANGE)
                                        .arg(topology.keyspace().sizes(partition))
                                        .arg(0)
                                        .arg(TENANTS_OF_A_PARTITION - 1)
                                        .arg("REV")
                                        .arg("WITHSCORES"))
                                .map(TenantSizes::scores))
                        .toList())
                .andFailFast()
                .map(partitions ->
                        partitions.stream().flatMap(Collection::stream).toList());
    }

    /** Of pairs of member and score, or in RESP2 of both in turn. */
    private static List<Long> scores(Response reply) {
        Stream<Response> scores = reply.size() > 0 && reply.get(0).type() == ResponseType.MULTI
                ? reply.stream().map(pair -> pair.get(1))
                : IntStream.range(0, reply.size() / 2).mapToObj(i -> reply.get(2 * i + 1));
        return scores.map(Response::toDouble)
                .map(Objects::requireNonNull)
                .map(Double::longValue)
                .toList();
    }
}
