package dev.streamgauge.standalone.system;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.access.TenantRecord.Addition;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.tenant.ChangeAnswer;
import dev.streamgauge.redis.tenant.DirectoryEntry;
import dev.streamgauge.redis.tenant.TenantDirectory;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisServer;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisOptions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Writes tenants and keys into a Redis, as an administrator's process does. */
public final class Directory implements AutoCloseable {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final SecureRandom random = new SecureRandom();
    private final Vertx vertx = Vertx.vertx();
    private final RedisConnections connections;
    private final TenantDirectory tenants;

    /** Writes into that Redis. */
    public Directory(RedisServer redis) {
        connections = new RedisConnections(vertx, new RedisOptions().setConnectionString(redis.url()), DEADLINE);
        tenants = new TenantDirectory(new SingleServer(connections, new Keyspace(16)));
    }

    private static <T> T done(Uni<T> call) {
        return call.await().atMost(DEADLINE);
    }

    private void change(String tenant, UnaryOperator<TenantRecord> change) {
        DirectoryEntry seen = done(tenants.read(new TenantId(tenant)));
        TenantRecord before = seen instanceof DirectoryEntry.Known known
                ? known.content()
                : TenantRecord.create(seen.tenant(), Instant.now());
        if (done(tenants.change(seen, Optional.of(change.apply(before)))) != ChangeAnswer.CHANGED) {
            throw new IllegalStateException(tenant + " was not changed");
        }
    }

    /** A new key of that tenant, which is made if need be. */
    public ApiKey addKey(String tenant, Scope... scopes) {
        return addKey(tenant, Optional.empty(), scopes);
    }

    ApiKey addKey(String tenant, Optional<Instant> expires, Scope... scopes) {
        ApiKey key = ApiKey.generate(random);
        Instant now = Instant.now();
        KeyRecord record = new KeyRecord(key.id(), key.hash(), Set.of(scopes), now, expires, Optional.empty());
        change(tenant, before -> ((Addition.Added) before.with(record, now)).tenant());
        return key;
    }

    void revoke(String tenant, ApiKey key) {
        change(tenant, before -> before.without(key.id()));
    }

    /** Sets a limit of a tenant. */
    public void limit(String tenant, Limit limit, double value) {
        change(tenant, before -> before.withLimits(Map.of(limit, value)));
    }

    void delete(String tenant) {
        done(tenants.change(done(tenants.read(new TenantId(tenant))), Optional.empty()));
    }

    @Override
    public void close() {
        connections.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
