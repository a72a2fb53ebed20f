package dev.streamgauge.redis.removal;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.accounting.Total;
import dev.streamgauge.redis.registry.FamilyNames;
import dev.streamgauge.redis.registry.SeriesPage;
import dev.streamgauge.redis.removal.RemovalSteps.Part;
import dev.streamgauge.redis.topology.RedisTopology;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Removes all series of a tenant, in steps that each block Redis for about a millisecond. While it runs, the tenant is
 * fenced: its pushes are rejected, so that everything accepted before is folded.
 *
 * <p>Samples that were accepted before the reset are gone after it; samples that are accepted after it are counted as
 * usual. Each step leaves a consistent registry. If a reset dies half-way, another one continues. Several resets may
 * run at once. Thread-safe.
 */
public final class RegistryReset {

    /** What a reset may take, unless said otherwise. */
    public static final Duration DEADLINE = Duration.ofSeconds(30);

    private final RedisTopology topology;
    private final Duration deadline;

    /**
     * Resets registries of that store.
     *
     * @param deadline of a whole reset; one step is taken in any case
     */
    public RegistryReset(RedisTopology topology, Duration deadline) {
        this.topology = topology;
        this.deadline = deadline;
    }

    /** What is removed besides the registry. */
    public enum Extent {
        /** The tenant stays, with its counters and its dead letters. */
        KEEP,
        /** The tenant is removed too, and stays fenced for {@link RemovalSteps#PURGE_FENCE_DURATION}. */
        PURGE
    }

    /**
     * Resets a tenant's registry. Blocks until that is done, at most for the deadline and a call or two.
     *
     * @throws RedisFailure if a call failed: the rest of the registry is consistent, and the fence ends after
     *     {@link RemovalSteps#FENCE_DURATION}
     */
    public RemovalOutcome reset(TenantId tenant, Extent extent) {
        RemovalSteps steps = new RemovalSteps(topology, tenant, deadline);
        RemovalOutcome outcome =
                reset(steps, extent == Extent.PURGE ? RemovalSteps.Extent.PURGE : RemovalSteps.Extent.RESET);
        if (outcome instanceof RemovalOutcome.OutOfTime) {
            steps.release();
        }
        return outcome;
    }

    private static RemovalOutcome reset(RemovalSteps steps, RemovalSteps.Extent extent) {
        Deque<String> names = new ArrayDeque<>(); // read and not yet removed
        String cursor = SeriesPage.END;
        while (true) {
            if (names.isEmpty()) {
                FamilyNames page = steps.readNames(cursor);
                names.addAll(page.names());
                cursor = page.cursor();
            }
            List<String> next = names.stream().limit(RemovalSteps.MAX_FAMILIES).toList();
            Optional<RemovalOutcome> end =
                    steps.take(extent, next.stream().map(Part::whole).toList());
            if (end.isPresent()) {
                return end.get();
            }
            if (steps.isOver()) {
                return steps.outOfTime(0);
            }
            next.forEach(name -> names.removeFirst());
        }
    }

    /** Whether the tenant has counters: it was pushed to, and not removed since. Blocks for a call. */
    public boolean hasCounters(TenantId tenant) {
        Request request = Request.cmd(Command.HGET)
                .arg(topology.keyspace().tenantTotals(tenant))
                .arg(Total.ACCEPTED.field());
        return topology.forTenant(tenant)
                .send(request)
                .map(accepted -> accepted != null)
                .await()
                .indefinitely(); // the connection has the deadline
    }
}
