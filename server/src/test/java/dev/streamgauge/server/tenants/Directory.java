package dev.streamgauge.server.tenants;

import static dev.streamgauge.server.TestRedis.DEADLINE;
import static dev.streamgauge.server.TestRedis.KEYSPACE;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.tenant.ChangeAnswer;
import dev.streamgauge.redis.tenant.DirectoryEntry;
import dev.streamgauge.redis.tenant.TenantDirectory;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.server.TestRedis;
import dev.streamgauge.testkit.RedisServer;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes tenants into Redis, as an administrator's process does. */
public final class Directory {

    /** When every record was made. */
    public static final Instant MADE = Instant.parse("2026-11-21T12:00:00Z");

    /** Replaces a record by any text, as a change that readers see. */
    private static final String WRITE_RECORD = """
            local version = redis.call('HINCRBY', KEYS[3], 'version', 1)
            redis.call('ZADD', KEYS[2], version, ARGV[1])
            redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
            """;

    private final RedisServer server;
    private final TenantDirectory tenants;

    public Directory(TestRedis redis) {
        this.server = redis.server();
        this.tenants = new TenantDirectory(new SingleServer(redis.connections(), KEYSPACE));
    }

    /** A tenant with those keys. */
    public static TenantRecord tenant(String name, KeyRecord... keys) {
        return new TenantRecord(new TenantId(name), MADE, List.of(keys), Map.of());
    }

    /** What is stored of a key that does not expire. */
    public static KeyRecord record(ApiKey key, Scope... scopes) {
        return new KeyRecord(key.id(), key.hash(), Set.of(scopes), MADE, Optional.empty(), Optional.empty());
    }

    /** What is stored of a key that ends then. */
    public static KeyRecord recordUntil(Instant expires, ApiKey key, Scope... scopes) {
        return new KeyRecord(key.id(), key.hash(), Set.of(scopes), MADE, Optional.of(expires), Optional.empty());
    }

    /** Puts that record in the place of the tenant's. */
    public void put(TenantRecord record) {
        change(record.tenant(), Optional.of(record));
    }

    /** Adds tenants that do not exist yet. */
    public void putNew(List<TenantRecord> records) {
        List<Uni<ChangeAnswer>> changes = records.stream()
                .map(record -> tenants.change(new DirectoryEntry.Absent(record.tenant()), Optional.of(record)))
                .toList();
        if (!Set.of(ChangeAnswer.CHANGED)
                .equals(Set.copyOf(done(Uni.join().all(changes).andFailFast())))) {
            throw new IllegalStateException("not all were added");
        }
    }

    public void delete(String tenant) {
        change(new TenantId(tenant), Optional.empty());
    }

    /** A tenant whose record a newer release has written. */
    public void putUnreadable(String name) {
        put(tenant(name));
        server.command(
                "EVAL",
                WRITE_RECORD,
                "3",
                KEYSPACE.tenantRecords(),
                KEYSPACE.tenantsChanged(),
                KEYSPACE.tenantsMeta(),
                name,
                "{\"v\":2}");
    }

    private void change(TenantId tenant, Optional<TenantRecord> after) {
        DirectoryEntry seen = done(tenants.read(tenant));
        if (done(tenants.change(seen, after)) != ChangeAnswer.CHANGED) {
            throw new IllegalStateException(tenant + " was not changed");
        }
    }

    private static <T> T done(Uni<T> call) {
        return call.await().atMost(DEADLINE);
    }
}
