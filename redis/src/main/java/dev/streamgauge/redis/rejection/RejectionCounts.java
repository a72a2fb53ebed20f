package dev.streamgauge.redis.rejection;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Calls {@code count_rejections.lua}: adds rejected samples to the counts that their tenants can read. Thread-safe. */
public final class RejectionCounts {

    /** How long the counts of a tenant without any accepted sample are kept: made-up names must not fill Redis. */
    public static final Duration STRANGER_WINDOW = Duration.ofDays(1);

    /** How long a repeated flush is recognized: longer than any process retries it. */
    private static final Duration REPEAT_WINDOW = Duration.ofHours(1);

    private static final RedisScript SCRIPT = RedisScript.load("count_rejections.lua");

    private final RedisConnections connections;
    private final Keyspace keyspace;
    private final String process;

    /**
     * Calls nothing yet.
     *
     * @param process a name that no other process has or had, of letters, digits and hyphens
     */
    public RejectionCounts(RedisConnections connections, Keyspace keyspace, String process) {
        this.connections = connections;
        this.keyspace = keyspace;
        this.process = process;
    }

    /**
     * Counts one flush of this process. Returns the tenants whose samples were not counted, with the reason; usually
     * empty.
     *
     * <p>Fails with {@link RedisFailure}; the flush may then have been counted or not. It can be repeated within an
     * hour, and counts once.
     *
     * @param partition of the tenants
     * @param flush number of this flush in that partition, greater than those before it
     * @param rejected samples by reason, of tenants of that partition; a few hundred at most, none without a reason
     */
    public Uni<Map<TenantId, String>> add(int partition, long flush, Map<TenantId, Map<Reason, Long>> rejected) {
        List<TenantId> tenants = List.copyOf(rejected.keySet());
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace.rejectionFlush(partition, process));
        arguments
                .add(flush)
                .add(REPEAT_WINDOW.toMillis())
                .add(STRANGER_WINDOW.toMillis())
                .add(tenants.size());
        for (TenantId tenant : tenants) {
            Map<Reason, Long> samples = rejected.getOrDefault(tenant, Map.of());
            arguments
                    .addKey(keyspace.tenantTotals(tenant))
                    .addKey(keyspace.tenantRejections(tenant))
                    .add(samples.size());
            samples.forEach((reason, count) -> arguments.add(reason.id()).add(count));
        }
        return SCRIPT.call(connections::send, arguments).map(answer -> uncounted(answer, tenants));
    }

    private static Map<TenantId, String> uncounted(Response answer, List<TenantId> tenants) {
        String tag = answer.get(0).toString();
        Map<TenantId, String> uncounted = new HashMap<>();
        switch (tag) {
            case "COUNTED" -> {
                for (int i = 1; i < answer.size(); i += 2) {
                    uncounted.put(
                            tenants.get(RedisReply.count(answer, i) - 1),
                            answer.get(i + 1).toString(StandardCharsets.UTF_8));
                }
            }
            case "REPEATED" -> {}
            case "BROKEN" -> {
                String message = answer.get(1).toString(StandardCharsets.UTF_8);
                tenants.forEach(tenant -> uncounted.put(tenant, message));
            }
            default -> throw new IllegalStateException("unknown answer " + tag);
        }
        return uncounted;
    }
}
