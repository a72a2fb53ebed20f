package dev.streamgauge.redis.accounting;

import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Calls {@code count_rejections.lua}: adds rejected samples to the counts that their tenants can read, and charges the
 * tenants for bodies that were rejected before Redis was asked. Thread-safe.
 */
public final class RejectionCounts {

    /** How long the counts of a tenant without any accepted sample are kept: made-up names must not fill Redis. */
    public static final Duration STRANGER_WINDOW = Duration.ofDays(1);

    /** How long a repeated flush is recognized: longer than any process retries it. */
    private static final Duration REPEAT_WINDOW = Duration.ofHours(1);

    private static final RedisScript SCRIPT = RedisScript.load("count_rejections.lua");

    private final RedisTopology topology;
    private final Keyspace keyspace;
    private final Duration strangerWindow;
    private final String process;

    /**
     * Calls nothing yet.
     *
     * @param strangerWindow how long the counts of a tenant without any accepted sample are kept; zero to keep none
     * @param process a name that no other process has or had, of letters, digits and hyphens
     */
    public RejectionCounts(RedisTopology topology, Duration strangerWindow, String process) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
        this.strangerWindow = strangerWindow;
        this.process = process;
    }

    /**
     * What one tenant sent in vain.
     *
     * @param samples rejected samples by reason, each with an id of its own; may be empty
     * @param units to charge, in units of the ingestion rate; 0 or more
     * @param limits the tenant's rate and burst
     */
    public record Rejected(Map<? extends ErrorId, Long> samples, long units, TenantLimits limits) {}

    /**
     * What came of a flush.
     *
     * @param uncounted tenants whose samples were not counted, with the reason; usually empty
     * @param debts tenants that have used up their rate and burst, and for how long
     */
    public record Flushed(Map<TenantId, String> uncounted, Map<TenantId, Duration> debts) {}

    /**
     * Counts one flush of this process.
     *
     * <p>Fails with {@link RedisFailure}; the flush may then have been counted or not. It can be repeated within an
     * hour, and counts once.
     *
     * @param partition of the tenants
     * @param flush number of this flush in that partition, greater than those before it
     * @param rejected of tenants of that partition; a few hundred at most
     */
    public Uni<Flushed> add(int partition, long flush, Map<TenantId, Rejected> rejected) {
        List<TenantId> tenants = List.copyOf(rejected.keySet());
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace.rejectionFlush(partition, process));
        arguments
                .add(flush)
                .add(REPEAT_WINDOW.toMillis())
                .add(strangerWindow.toMillis())
                .add(tenants.size());
        rejected.forEach((tenant, each) -> {
            arguments
                    .addKey(keyspace.tenantTotals(tenant))
                    .addKey(keyspace.tenantRejections(tenant))
                    .add(each.units())
                    .add(String.valueOf(each.limits().ingestionRate()))
                    .add(each.limits().ingestionBurstSize())
                    .add(each.samples().size());
            each.samples().forEach((reason, count) -> arguments.add(reason.id()).add(count));
        });
        return SCRIPT.call(topology.forPartition(partition)::send, arguments).map(answer -> flushed(answer, tenants));
    }

    private static Flushed flushed(Response answer, List<TenantId> tenants) {
        String tag = answer.get(0).toString();
        Map<TenantId, String> uncounted = new HashMap<>();
        Map<TenantId, Duration> debts = new HashMap<>();
        switch (tag) {
            case "COUNTED" -> {
                Response broken = answer.get(1);
                for (int i = 0; i < broken.size(); i += 2) {
                    uncounted.put(
                            tenants.get(RedisReply.count(broken, i) - 1),
                            broken.get(i + 1).toString(StandardCharsets.UTF_8));
                }
                Response inDebt = answer.get(2);
                for (int i = 0; i < inDebt.size(); i += 2) {
                    debts.put(
                            tenants.get(RedisReply.count(inDebt, i) - 1),
                            Duration.ofMillis(RedisReply.number(inDebt, i + 1)));
                }
            }
            case "REPEATED" -> {}
            case "BROKEN" -> {
                String message = answer.get(1).toString(StandardCharsets.UTF_8);
                tenants.forEach(tenant -> uncounted.put(tenant, message));
            }
            default -> throw new IllegalStateException("unknown answer " + tag);
        }
        return new Flushed(uncounted, debts);
    }
}
