package dev.streamgauge.redis.reset;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisLinks;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.registry.SeriesPage;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Removes all that is kept of a tenant's series, in steps of {@code reset_registry.lua} that each keep Redis from others
 * for a millisecond or so. While it runs, pushes of the tenant are refused, so that what was accepted before drains.
 *
 * <p>What was accepted before the reset is gone after it, and what is accepted after it is counted as ever. Each step
 * leaves a registry that is right in itself: a reset that dies half-way is half a reset, another one goes on with it, and
 * several at once hinder each other as little as a reset and a push do. Thread-safe.
 */
public final class RegistryReset {

    /** How long a step keeps pushes away: longer than what passes between two steps, lest one slip in between. */
    public static final Duration HOLD = Duration.ofSeconds(5);

    /**
     * How long pushes of a purged tenant are kept away: the longest time for which a process that cannot reach Redis
     * believes the tenant's keys.
     */
    public static final Duration PURGE_HOLD = Duration.ofSeconds(30);

    /** What a reset may take, unless said otherwise. */
    public static final Duration DEADLINE = Duration.ofSeconds(30);

    private static final Duration PAUSE = Duration.ofMillis(50);

    /** Families that a step removes. */
    private static final int STEP = 100;

    private static final RedisScript SCRIPT = RedisScript.load("reset_registry.lua");

    private final RedisLinks links;
    private final Keyspace keyspace;
    private final Duration deadline;

    /**
     * Resets registries of that store.
     *
     * @param deadline of a whole reset; one step is taken in any case
     */
    public RegistryReset(RedisLinks links, Keyspace keyspace, Duration deadline) {
        this.links = links;
        this.keyspace = keyspace;
        this.deadline = deadline;
    }

    /** What goes besides the registry. */
    public enum Extent {
        /** The tenant stays, with its counters and its dead letters. */
        KEEP,
        /** The tenant goes, and pushes of it are refused for {@link #PURGE_HOLD}. */
        PURGE
    }

    /**
     * Resets a tenant's registry. Blocks until that is done, at most for the deadline and a call or two.
     *
     * @throws RedisFailure if a call brought no result: what is left is whole, and pushes are taken again after {@link
     *     #HOLD}
     */
    public ResetOutcome reset(TenantId tenant, Extent extent) {
        ResetOutcome outcome = new Run(tenant, extent).finish();
        if (outcome instanceof ResetOutcome.OutOfTime) {
            release(tenant);
        }
        return outcome;
    }

    /** Whether the tenant has counters: it was pushed to, and not removed since. Blocks for a call. */
    public boolean hasCounters(TenantId tenant) {
        Request request =
                Request.cmd(Command.HGET).arg(keyspace.tenantTotals(tenant)).arg("accepted");
        return links.send(request)
                .map(accepted -> accepted != null)
                .await()
                .indefinitely(); // the link has the deadline
    }

    /** One reset, from its first step to its last. */
    private final class Run {

        private final TenantId tenant;
        private final Extent extent;
        private final long endNanos = System.nanoTime() + deadline.toNanos();
        private final Deque<String> names = new ArrayDeque<>(); // read and not yet removed
        private String cursor = SeriesPage.END;
        private long families;
        private long series;

        private Run(TenantId tenant, Extent extent) {
            this.tenant = tenant;
            this.extent = extent;
        }

        private ResetOutcome finish() {
            while (true) {
                readNames();
                Response answer = step();
                switch (answer.get(0).toString()) {
                    case "DONE" -> {
                        count(answer);
                        return new ResetOutcome.Done(families, series);
                    }
                    case "REMOVED" -> {
                        count(answer);
                        if (isOver()) {
                            return new ResetOutcome.OutOfTime(0, families, series);
                        }
                    }
                    case "BUSY" -> {
                        if (isOver()) {
                            return new ResetOutcome.OutOfTime(RedisReply.number(answer, 1), families, series);
                        }
                        pause();
                    }
                    default -> {
                        return new ResetOutcome.Broken(answer.get(1).toString(StandardCharsets.UTF_8));
                    }
                }
            }
        }

        /** Asks for the families next in turn to be removed; they stay next until they are. */
        private Response step() {
            List<String> next = names.stream().limit(STEP).toList();
            RedisScript.Arguments arguments = new RedisScript.Arguments();
            arguments.declare(keyspace.stream(keyspace.partitionOf(tenant)));
            arguments.declare(keyspace.tenantTotals(tenant));
            arguments.declare(keyspace.families(tenant));
            arguments.declare(keyspace.tenantDeadLetters(tenant));
            arguments.declare(keyspace.tenantRefusals(tenant));
            next.forEach(name -> arguments.declare(keyspace.family(tenant, name)));
            arguments
                    .add(Keyspace.GROUP)
                    .add(extent.name())
                    .add(HOLD.toMillis())
                    .add(PURGE_HOLD.toMillis());
            next.forEach(arguments::add);
            Response answer = await(SCRIPT.call(links::send, arguments));
            if (answer.get(0).toString().equals("REMOVED")) {
                next.forEach(name -> names.removeFirst());
            }
            return answer;
        }

        private void count(Response answer) {
            families += RedisReply.number(answer, 1);
            series += RedisReply.number(answer, 2);
        }

        /** Reads on where all names are removed. A page may be empty, since the hash shrinks. */
        private void readNames() {
            if (names.isEmpty()) {
                Response page = await(links.send(Request.cmd(Command.HSCAN)
                        .arg(keyspace.families(tenant))
                        .arg(cursor)
                        .arg("COUNT")
                        .arg(STEP)));
                cursor = page.get(0).toString();
                Response fields = page.get(1);
                List<String> read = new ArrayList<>(fields.size() / 2);
                for (int i = 0; i < fields.size(); i += 2) {
                    read.add(fields.get(i).toString(StandardCharsets.UTF_8));
                }
                read.stream().distinct().forEach(names::add);
            }
        }

        private boolean isOver() {
            return System.nanoTime() - endNanos >= 0;
        }
    }

    /** Takes pushes again; another reset under way keeps them away again with its next step. */
    private void release(TenantId tenant) {
        await(links.send(Request.cmd(Command.HDEL)
                .arg(keyspace.tenantTotals(tenant))
                .arg("held")
                .arg("held_after")));
    }

    private static void pause() {
        Uni.createFrom().voidItem().onItem().delayIt().by(PAUSE).await().indefinitely();
    }

    private static Response await(Uni<Response> call) {
        return call.await().indefinitely(); // the link has the deadline
    }
}
