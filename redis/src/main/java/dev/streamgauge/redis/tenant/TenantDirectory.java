package dev.streamgauge.redis.tenant;

import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.RedisScript.Arguments;
import dev.streamgauge.redis.topology.RedisConnection;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The records of all tenants in Redis. Each change has a version, so a reader that keeps all tenants in memory asks
 * only for the changes since its last read. That costs Redis almost nothing while there are none.
 *
 * <p>Every call fails with {@link RedisFailure}, also if the keys hold unexpected data. Thread-safe.
 */
public final class TenantDirectory {

    /** Maximum number of tenants: each process keeps them all in memory. */
    public static final int MAX_TENANTS = 100_000;

    /** Maximum number of deletions that a reader can have missed before it has to read all tenants again. */
    static final int MAX_REMEMBERED_DELETIONS = 1_000;

    private static final int MAX_TENANTS_PER_ANSWER = 500;

    /** An answer blocks Redis for less than a millisecond. */
    private static final int MAX_BYTES_PER_ANSWER = 256 * 1024;

    private static final RedisScript CHANGE = RedisScript.load("change_tenant.lua");
    private static final RedisScript READ = RedisScript.load("read_tenants.lua");

    private final RedisTopology topology;
    private final Keyspace keyspace;
    private final int maxTenants;
    private final int maxRememberedDeletions;

    public TenantDirectory(RedisTopology topology) {
        this(topology, MAX_TENANTS, MAX_REMEMBERED_DELETIONS);
    }

    TenantDirectory(RedisTopology topology, int maxTenants, int maxRememberedDeletions) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
        this.maxTenants = maxTenants;
        this.maxRememberedDeletions = maxRememberedDeletions;
    }

    /** What the directory holds of a tenant now. */
    public Uni<DirectoryEntry> read(TenantId tenant) {
        Request request =
                Request.cmd(Command.HGET).arg(keyspace.tenantRecords()).arg(tenant.value());
        return topology.forDirectory().send(request).map(reply -> entry(tenant, reply));
    }

    /**
     * Changes one tenant, if it is still as it was read. If the answer is lost, the change may have been made: read the
     * tenant again.
     *
     * @param seen as it was read
     * @param after the new record; empty deletes the tenant
     */
    public Uni<ChangeAnswer> change(DirectoryEntry seen, Optional<TenantRecord> after) {
        if (after.isPresent() && !after.get().tenant().equals(seen.tenant())) {
            throw new IllegalArgumentException("the record is of another tenant");
        }
        Arguments arguments = new Arguments();
        arguments.declare(keyspace.tenantRecords());
        arguments.declare(keyspace.tenantsChanged());
        arguments.declare(keyspace.tenantsDeleted());
        arguments.declare(keyspace.tenantsMeta());
        arguments
                .add(seen.tenant().value())
                .add(seen.text())
                .add(after.map(TenantRecordJson::encode).orElse(""))
                .add(maxTenants)
                .add(maxRememberedDeletions);
        return CHANGE.call(topology.forDirectory()::send, arguments).map(reply -> switch (tag(reply)) {
            case "CHANGED" -> ChangeAnswer.CHANGED;
            case "CONFLICT" -> ChangeAnswer.CONFLICT;
            case "FULL" -> ChangeAnswer.FULL;
            default -> throw broken(reply);
        });
    }

    /**
     * Changes since a position. A reader repeats the call with the position that it got, until an answer is the last.
     */
    public Uni<DirectoryAnswer> readSince(DirectoryPosition position) {
        return topology.forDirectory().onShared(connection -> readSince(position, connection));
    }

    private Uni<DirectoryAnswer> readSince(DirectoryPosition position, RedisConnection connection) {
        DirectoryPosition from = position.run().equals(connection.serverRun()) ? position : DirectoryPosition.NONE;
        Arguments arguments = new Arguments();
        arguments.declare(keyspace.tenantRecords());
        arguments.declare(keyspace.tenantsChanged());
        arguments.declare(keyspace.tenantsMeta());
        arguments
                .add(from.epoch())
                .add(from.base())
                .add(from.version())
                .add(MAX_TENANTS_PER_ANSWER)
                .add(MAX_BYTES_PER_ANSWER);
        return READ.call(connection::send, arguments).map(reply -> switch (tag(reply)) {
            case "START" ->
                new DirectoryAnswer.Restart(new DirectoryPosition(
                        connection.serverRun(), reply.get(1).toString(), RedisReply.number(reply, 2), 0));
            case "CHANGES" -> changes(from, reply);
            default -> throw broken(reply);
        });
    }

    private static DirectoryAnswer changes(DirectoryPosition from, Response reply) {
        long version = RedisReply.number(reply, 1);
        boolean isLast = RedisReply.number(reply, 2) == 0;
        List<DirectoryEntry> entries = new ArrayList<>();
        for (int i = 3; i + 1 < reply.size(); i += 2) {
            // Only valid ids are ever written, so an invalid one was written by another program, and is ignored.
            Response record = reply.get(i + 1);
            TenantId.parse(text(reply.get(i))).ifPresent(tenant -> entries.add(entry(tenant, record)));
        }
        DirectoryPosition next =
                new DirectoryPosition(from.run(), from.epoch(), isLast ? version : from.base(), version);
        return new DirectoryAnswer.Changes(next, entries, isLast);
    }

    private static DirectoryEntry entry(TenantId tenant, @Nullable Response record) {
        if (record == null) {
            return new DirectoryEntry.Absent(tenant);
        }
        String text = text(record);
        try {
            return new DirectoryEntry.Known(tenant, text, TenantRecordJson.decode(tenant, text));
        } catch (UnreadableRecordException e) {
            return new DirectoryEntry.Unreadable(tenant, text, String.valueOf(e.getMessage()));
        }
    }

    private static String tag(Response reply) {
        return reply.get(0).toString();
    }

    private static RedisFailure broken(Response reply) {
        return new RedisFailure(RedisFailure.Kind.ERROR, "directory of tenants: " + text(reply.get(1)));
    }

    private static String text(Response reply) {
        return reply.toString(StandardCharsets.UTF_8);
    }
}
