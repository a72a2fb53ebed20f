package dev.streamgauge.redis.removal;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.registry.SeriesPage;
import dev.streamgauge.redis.removal.RemovalSteps.Names;
import dev.streamgauge.redis.removal.RemovalSteps.Part;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Removes all that is kept of a tenant's series, in steps that each keep Redis from others for a millisecond or so. While
 * it runs, pushes of the tenant are rejected, so that what was accepted before drains.
 *
 * <p>What was accepted before the reset is gone after it, and what is accepted after it is counted as ever. Each step
 * leaves a registry that is right in itself: a reset that dies half-way is half a reset, another one goes on with it, and
 * several at once hinder each other as little as a reset and a push do. Thread-safe.
 */
public final class RegistryReset {

    /** What a reset may take, unless said otherwise. */
    public static final Duration DEADLINE = Duration.ofSeconds(30);

    private final RedisConnections connections;
    private final Keyspace keyspace;
    private final Duration deadline;

    /**
     * Resets registries of that store.
     *
     * @param deadline of a whole reset; one step is taken in any case
     */
    public RegistryReset(RedisConnections connections, Keyspace keyspace, Duration deadline) {
        this.connections = connections;
        this.keyspace = keyspace;
        this.deadline = deadline;
    }

    /** What goes besides the registry. */
    public enum Extent {
        /** The tenant stays, with its counters and its dead letters. */
        KEEP,
        /** The tenant goes, and pushes of it are rejected for {@link RemovalSteps#PURGE_HOLD}. */
        PURGE
    }

    /**
     * Resets a tenant's registry. Blocks until that is done, at most for the deadline and a call or two.
     *
     * @throws RedisFailure if a call brought no result: what is left is whole, and pushes are taken again after {@link
     *     RemovalSteps#HOLD}
     */
    public RemovalOutcome reset(TenantId tenant, Extent extent) {
        RemovalSteps steps = new RemovalSteps(connections, keyspace, tenant, deadline);
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
                Names page = steps.readNames(cursor);
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
        Request request =
                Request.cmd(Command.HGET).arg(keyspace.tenantTotals(tenant)).arg("accepted");
        return connections
                .send(request)
                .map(accepted -> accepted != null)
                .await()
                .indefinitely(); // the connection has the deadline
    }
}
