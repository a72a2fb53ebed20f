package dev.streamgauge.redis.removal;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.registry.FamilyNames;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One removal, as steps of {@code remove_series.lua}. A step fences the tenant for {@link #FENCE_DURATION}. It removes
 * the given series only if nothing of the tenant waits to be folded; until then it is repeated.
 *
 * <p>All methods block, and fail with {@link RedisFailure} if a call failed: the rest of the registry is consistent
 * then, and the fence ends after {@link #FENCE_DURATION}. Used by one thread.
 */
final class RemovalSteps {

    /** How long a step fences the tenant: longer than the time between two steps, so that no push gets in between. */
    static final Duration FENCE_DURATION = Duration.ofSeconds(5);

    /**
     * How long a purged tenant is fenced: the longest time for which a process that cannot reach Redis accepts the
     * tenant's keys.
     */
    static final Duration PURGE_FENCE_DURATION = Duration.ofSeconds(30);

    /** Families of one step. */
    static final int MAX_FAMILIES = 100;

    /** Named series of one step: a millisecond or so of Redis. */
    static final int MAX_SERIES = 1_000;

    private static final Duration PAUSE = Duration.ofMillis(50);

    private static final RedisScript SCRIPT = RedisScript.load("remove_series.lua");

    private final RedisTopology topology;
    private final Keyspace keyspace;
    private final RegistryReader registries;
    private final TenantId tenant;
    private final long endNanos;
    private long families;
    private long series;

    RemovalSteps(RedisTopology topology, TenantId tenant, Duration deadline) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
        this.registries = new RegistryReader(topology);
        this.tenant = tenant;
        this.endNanos = System.nanoTime() + deadline.toNanos();
    }

    /** When a removal is done, and what is removed with the last family. */
    enum Extent {
        /** It is done when the caller says so. */
        SELECT,
        /** It is done when no family is left. */
        RESET,
        /** Likewise, and the tenant's counters and dead letters go too. */
        PURGE
    }

    /**
     * What is to be removed of a family.
     *
     * @param labels canonical labels of the series to remove; empty for all series of the family
     */
    record Part(String family, List<byte[]> labels) {

        /** All of a family. */
        static Part whole(String family) {
            return new Part(family, List.of());
        }
    }

    /**
     * Takes a step as soon as nothing of the tenant waits to be folded, and counts what it removed. Tries at least
     * once.
     *
     * @return how the removal ended with it; empty if there may be more to remove
     */
    Optional<RemovalOutcome> take(Extent extent, List<Part> parts) {
        while (true) {
            Response answer = call(extent.name(), parts);
            switch (answer.get(0).toString()) {
                case "DONE" -> {
                    count(answer);
                    return Optional.of(done());
                }
                case "REMOVED" -> {
                    count(answer);
                    return Optional.empty();
                }
                case "BUSY" -> {
                    if (isOver()) {
                        return Optional.of(outOfTime(RedisReply.number(answer, 1)));
                    }
                    pause();
                }
                default -> {
                    return Optional.of(new RemovalOutcome.Broken(answer.get(1).toString(StandardCharsets.UTF_8)));
                }
            }
        }
    }

    /** Removes the fence; if another removal is under way, its next step fences the tenant again. */
    void release() {
        call("RELEASE", List.of());
    }

    private Response call(String extent, List<Part> parts) {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace.stream(keyspace.partitionOf(tenant)));
        arguments.declare(keyspace.tenantTotals(tenant));
        arguments.declare(keyspace.families(tenant));
        arguments.declare(keyspace.tenantDeadLetters(tenant));
        arguments.declare(keyspace.tenantRejections(tenant));
        arguments.declare(keyspace.sweeps(keyspace.partitionOf(tenant)));
        arguments.declare(keyspace.sizes(keyspace.partitionOf(tenant)));
        arguments
                .add(Keyspace.GROUP)
                .add(extent)
                .add(FENCE_DURATION.toMillis())
                .add(PURGE_FENCE_DURATION.toMillis())
                .add(tenant.bytes());
        for (Part part : parts) {
            arguments.declare(keyspace.family(tenant, part.family()));
            arguments.add(part.family()).add(part.labels().size());
            part.labels().forEach(arguments::add);
        }
        return await(SCRIPT.call(topology.forTenant(tenant)::send, arguments));
    }

    /** Reads names of families, as many as a step may have. */
    FamilyNames readNames(String cursor) {
        return registries.readNames(tenant, cursor, MAX_FAMILIES);
    }

    /** Whether the time is over, so that no other step should be taken. */
    boolean isOver() {
        return System.nanoTime() - endNanos >= 0;
    }

    RemovalOutcome done() {
        return new RemovalOutcome.Done(families, series);
    }

    RemovalOutcome outOfTime(long backlogEntries) {
        return new RemovalOutcome.OutOfTime(backlogEntries, families, series);
    }

    private void count(Response answer) {
        families += RedisReply.number(answer, 1);
        series += RedisReply.number(answer, 2);
    }

    private static void pause() {
        Uni.createFrom().voidItem().onItem().delayIt().by(PAUSE).await().indefinitely();
    }

    private static Response await(Uni<Response> call) {
        return call.await().indefinitely(); // the connection has the deadline
    }
}
