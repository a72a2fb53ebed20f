package dev.streamgauge.redis.sweep;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.accounting.Total;
import dev.streamgauge.redis.accounting.Totals;
import dev.streamgauge.redis.registry.SeriesPage;
import dev.streamgauge.redis.topology.RedisTopology;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Removes series that expired. A tenant is swept by the process that claimed it. Each call checks one page, and removes
 * the series that have expired at that moment, so it does no harm if a page is swept twice, or by two processes at
 * once.
 *
 * <p>All methods block for one call, and fail with {@link RedisFailure}: of the kind {@code ERROR} if a key holds
 * unexpected data. Thread-safe.
 */
public final class SeriesSweep {

    /** How long a claim lasts after the last call of the process that made it. */
    public static final Duration LEASE = Duration.ofMinutes(1);

    /** A tenant without pushes for so long is idle. */
    public static final Duration IDLE = Duration.ofMinutes(10);

    /** How long the dead letters and rejections of a removed tenant can be read. */
    public static final Duration REMOVED_TENANT_WINDOW = Duration.ofDays(1);

    /** What becomes of a tenant that has no families any more. */
    public enum Emptied {
        /** Its counters stay, and it is not swept again until it has series. */
        KEEP,
        /**
         * When it is {@link #IDLE}, nothing of it is left but its dead letters and rejections, for
         * {@link #REMOVED_TENANT_WINDOW}.
         */
        REMOVE
    }

    /** The cursor of a family's first page. */
    public static final String FIRST = SeriesPage.END;

    /** Series that one call checks: a millisecond of Redis or less. */
    private static final int PAGE = 500;

    /** What a sweep must know of a tenant before it begins. */
    private static final List<Total> STARTING = List.of(Total.REGISTERED_AT, Total.RECOUNTED_AT, Total.REGISTRY_BYTES);

    private static final RedisScript CLAIM = RedisScript.load("claim_sweep.lua");
    private static final RedisScript SWEEP = RedisScript.load("sweep_series.lua");
    private static final RedisScript END = RedisScript.load("end_sweep.lua");

    private final RedisTopology topology;
    private final Keyspace keyspace;
    private final Emptied emptied;

    public SeriesSweep(RedisTopology topology, Emptied emptied) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
        this.emptied = emptied;
    }

    /** Claims a tenant of the partition whose sweep is due, for {@link #LEASE}; empty if no tenant is due. */
    public Optional<TenantId> claim(int partition) {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace.sweeps(partition));
        arguments.add(LEASE.toSeconds());
        Response answer = call(CLAIM, partition, arguments);
        if (!answer.get(0).toString().equals("CLAIMED")) {
            return Optional.empty();
        }
        String tenant = answer.get(1).toString();
        return Optional.of(TenantId.parse(tenant)
                .orElseThrow(() -> new RedisFailure(
                        RedisFailure.Kind.ERROR,
                        keyspace.sweeps(partition) + ": holds a member that is no tenant id")));
    }

    /**
     * Sweeps one page of a family, and keeps the claim.
     *
     * @param expirySeconds time without samples after which the family's series expire; 0 is never
     * @param cursor {@link #FIRST}, or that of the page before
     */
    public SweptPage sweep(TenantId tenant, Family family, int expirySeconds, String cursor) {
        int partition = keyspace.partitionOf(tenant);
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace.stream(partition));
        arguments.declare(keyspace.sweeps(partition));
        arguments.declare(keyspace.tenantTotals(tenant));
        arguments.declare(keyspace.families(tenant));
        arguments.declare(keyspace.family(tenant, family.name()));
        arguments
                .add(tenant.bytes())
                .add(LEASE.toSeconds())
                .add(family.name())
                .add(family.aggregation().kind().storedCodes())
                .add(expirySeconds)
                .add(cursor)
                .add(PAGE);
        Response answer = call(SWEEP, partition, arguments);
        long due = RedisReply.number(answer, 4);
        return new SweptPage(
                answer.get(1).toString(),
                RedisReply.count(answer, 2),
                RedisReply.count(answer, 3),
                due < 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(due)),
                RedisReply.number(answer, 5),
                RedisReply.number(answer, 6));
    }

    /** What a sweep must know of a tenant before it begins. */
    public SweepStart start(TenantId tenant) {
        Response reply = topology.forTenant(tenant)
                .send(Totals.request(keyspace.tenantTotals(tenant), STARTING))
                .await()
                .indefinitely(); // the connection has the deadline
        Totals totals = Totals.of(STARTING, reply);
        return new SweepStart(
                Instant.ofEpochMilli(totals.get(Total.REGISTERED_AT)),
                Instant.ofEpochSecond(totals.get(Total.RECOUNTED_AT)),
                totals.get(Total.REGISTRY_BYTES));
    }

    /**
     * Releases the tenant, to be swept again after a pause; without families, see {@link Emptied}.
     *
     * @param pause if the tenant is active: something was pushed within {@link #IDLE}, or waits to be folded
     * @param idlePause if it is not
     * @param count what the sweep has counted; empty if it has not gone through the whole registry
     */
    public void end(TenantId tenant, Duration pause, Duration idlePause, Optional<RegistryCount> count) {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        int partition = keyspace.partitionOf(tenant);
        arguments.declare(keyspace.sweeps(partition));
        arguments.declare(keyspace.families(tenant));
        arguments.declare(keyspace.tenantTotals(tenant));
        arguments.declare(keyspace.sizes(partition));
        arguments.declare(keyspace.tenantDeadLetters(tenant));
        arguments.declare(keyspace.tenantRejections(tenant));
        arguments
                .add(tenant.bytes())
                .add(pause.toSeconds())
                .add(idlePause.toSeconds())
                .add(IDLE.toMillis());
        if (count.isPresent()) {
            arguments.add(count.get().left()).add(count.get().before());
        } else {
            arguments.add("-").add("-");
        }
        arguments.add(emptied.name()).add(REMOVED_TENANT_WINDOW.toMillis());
        call(END, partition, arguments);
    }

    private Response call(RedisScript script, int partition, RedisScript.Arguments arguments) {
        Response answer = script.call(topology.forPartition(partition)::send, arguments)
                .await()
                .indefinitely(); // the connection has the deadline
        if (answer.get(0).toString().equals("BROKEN")) {
            throw new RedisFailure(RedisFailure.Kind.ERROR, answer.get(1).toString(StandardCharsets.UTF_8));
        }
        return answer;
    }
}
