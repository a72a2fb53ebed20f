package dev.streamgauge.query.discovery;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.access.TenantRecord.Addition;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.tenant.ChangeAnswer;
import dev.streamgauge.redis.tenant.DirectoryEntry;
import dev.streamgauge.redis.tenant.TenantDirectory;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** Writes tenants and keys into Redis, as an administrator's process does. */
final class DirectoryWriter {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final SecureRandom random = new SecureRandom();
    private final RedisTopology topology;
    private final Keyspace keyspace;
    private final TenantDirectory tenants;

    DirectoryWriter(RedisTopology topology) {
        this.topology = topology;
        this.keyspace = topology.keyspace();
        this.tenants = new TenantDirectory(topology);
    }

    private static <T> T done(Uni<T> call) {
        return call.await().atMost(DEADLINE);
    }

    /** Deletes everything in Redis. */
    void clear() {
        done(topology.forDirectory().send(Request.cmd(Command.FLUSHALL)));
    }

    /** Adds a key to a tenant, which is created if it does not exist. */
    ApiKey addKey(String tenant, Scope... scopes) {
        ApiKey key = ApiKey.generate(random);
        Instant now = Instant.now();
        KeyRecord record = new KeyRecord(key.id(), key.hash(), Set.of(scopes), now, Optional.empty(), Optional.empty());
        DirectoryEntry seen = done(tenants.read(new TenantId(tenant)));
        TenantRecord before =
                seen instanceof DirectoryEntry.Known known ? known.content() : TenantRecord.create(seen.tenant(), now);
        change(seen, Optional.of(((Addition.Added) before.with(record, now)).tenant()));
        return key;
    }

    /** Replaces a tenant's record by one of a newer release. */
    void makeUnreadable(String tenant) {
        done(topology.forDirectory()
                .send(Request.cmd(Command.HSET)
                        .arg(keyspace.tenantRecords())
                        .arg(tenant)
                        .arg("{\"v\":99}")));
        long version = done(topology.forDirectory()
                        .send(Request.cmd(Command.HINCRBY)
                                .arg(keyspace.tenantsMeta())
                                .arg("version")
                                .arg(1)))
                .toLong();
        done(topology.forDirectory()
                .send(Request.cmd(Command.ZADD)
                        .arg(keyspace.tenantsChanged())
                        .arg(version)
                        .arg(tenant)));
    }

    void delete(String tenant) {
        change(done(tenants.read(new TenantId(tenant))), Optional.empty());
    }

    private void change(DirectoryEntry seen, Optional<TenantRecord> next) {
        if (done(tenants.change(seen, next)) != ChangeAnswer.CHANGED) {
            throw new IllegalStateException(seen.tenant() + " was not changed");
        }
    }
}
