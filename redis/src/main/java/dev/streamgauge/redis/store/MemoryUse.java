package dev.streamgauge.redis.store;

import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.topology.RedisNode;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;

/**
 * What Redis uses of the memory it may use, counted as Redis does when it decides whether it is full: without the
 * buffers of replicas and of the append-only file.
 *
 * @param usedBytes what counts
 * @param maxBytes {@code maxmemory}; 0 if there is no limit
 */
public record MemoryUse(long usedBytes, long maxBytes) {

    /** Nothing is known yet. */
    public static final MemoryUse UNKNOWN = new MemoryUse(0, 0);

    /** Asks all servers: that of the fullest one, since each rejects writes alone. Fails with {@link RedisFailure}. */
    public static Uni<MemoryUse> read(RedisTopology topology) {
        return Uni.join()
                .all(topology.nodes().stream().map(MemoryUse::read).toList())
                .andFailFast()
                .map(all -> Collections.max(all, Comparator.comparingDouble(MemoryUse::usedPart)));
    }

    private static Uni<MemoryUse> read(RedisNode node) {
        return node.connections()
                .send(Request.cmd(Command.INFO).arg("memory"))
                .map(text -> of(InfoText.parse(String.valueOf(text))));
    }

    private double usedPart() {
        return maxBytes == 0 ? 0 : (double) usedBytes / maxBytes;
    }

    static MemoryUse of(Map<String, String> info) {
        return new MemoryUse(
                bytes(info, "used_memory") - bytes(info, "mem_not_counted_for_evict"), bytes(info, "maxmemory"));
    }

    private static long bytes(Map<String, String> info, String name) {
        return Long.parseLong(info.getOrDefault(name, "0"));
    }

    /** Whether more than that part of the memory is used; never where there is no limit. */
    public boolean isOver(double part) {
        return maxBytes > 0 && usedBytes > maxBytes * part;
    }
}
