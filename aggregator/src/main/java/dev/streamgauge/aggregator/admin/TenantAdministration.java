package dev.streamgauge.aggregator.admin;

import dev.streamgauge.core.access.ApiKey;
import dev.streamgauge.core.access.KeyId;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.access.TenantRecord.Addition;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.removal.RegistryReset;
import dev.streamgauge.redis.removal.RegistryReset.Extent;
import dev.streamgauge.redis.removal.RemovalOutcome;
import dev.streamgauge.redis.tenant.ChangeAnswer;
import dev.streamgauge.redis.tenant.DirectoryEntry;
import dev.streamgauge.redis.tenant.TenantDirectory;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.problems.RequestError;
import dev.streamgauge.server.tenants.TenantCache;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;

/**
 * The operations of an administrator. A change is made only if the tenant is still as it was read; if another request
 * changed the tenant first, the change is tried again. It is in force in this process when the method returns, and in
 * the other processes a second or two later.
 *
 * <p>All methods block, for a few Redis calls; {@link #reset} and {@link #delete} up to {@link RegistryReset#DEADLINE}.
 * They fail with {@link RequestRejectedException} if the operation is not possible, and with {@link RedisFailure} if
 * Redis is unavailable; the change may have been made then, or not. Each change is logged, without secrets.
 * Thread-safe.
 */
@ApplicationScoped
class TenantAdministration {

    private static final Logger LOG = Logger.getLogger(TenantAdministration.class);

    /** Maximum number of tries when other requests change the tenant between a read and a write. */
    private static final int MAX_TRIES = 20;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final TenantCache tenants;
    private final TenantDirectory directory;
    private final RegistryReset registries;
    private final InstantSource clock;
    private final RandomGenerator random;

    @Inject
    TenantAdministration(TenantCache tenants, RedisTopology topology, InstantSource clock) {
        this.tenants = tenants;
        this.directory = new TenantDirectory(topology);
        this.registries = new RegistryReset(topology, RegistryReset.DEADLINE);
        this.clock = clock;
        this.random = new SecureRandom();
    }

    /** Where a tenant was created. */
    enum Source {
        /** Through this API. */
        API,
        /** In the tenants file. */
        FILE
    }

    /** A tenant, and where it was created. */
    record Found(TenantRecord tenant, Source source) {}

    /** A key that was just created. It is shown only now, since only its hash is stored. */
    record NewKey(ApiKey key, KeyRecord record) {}

    /** What a removal removed. */
    record Removed(long families, long series) {}

    /**
     * Tenants in the order of their ids.
     *
     * @param after where the page before ended
     */
    List<Found> list(Optional<TenantId> after, int limit) {
        await(tenants.refresh());
        return tenants.page(after, limit).stream()
                .map(record -> new Found(record, sourceOf(record.tenant())))
                .toList();
    }

    private Source sourceOf(TenantId tenant) {
        return tenants.isInFile(tenant) ? Source.FILE : Source.API;
    }

    /** A tenant that has a record. */
    Found get(TenantId tenant) {
        if (tenants.isInFile(tenant)) {
            return new Found(tenants.find(tenant).orElseThrow(() -> notFound(tenant)), Source.FILE);
        }
        return new Found(known(read(tenant)), Source.API);
    }

    /** Makes a tenant without keys and limits of its own. */
    TenantRecord create(TenantId tenant, String by) {
        rejectIfInFile(tenant);
        TenantRecord made = TenantRecord.create(tenant, now());
        switch (await(directory.change(new DirectoryEntry.Absent(tenant), Optional.of(made)))) {
            case CHANGED -> {}
            case CONFLICT ->
                throw new RequestRejectedException(
                        409, AdminError.TENANT_EXISTS, "tenant: " + tenant + " exists already");
            case FULL ->
                throw new RequestRejectedException(
                        409,
                        AdminError.TOO_MANY_TENANTS,
                        "tenant: there are " + TenantDirectory.MAX_TENANTS + " already, and no more can be had");
        }
        LOG.infof("admin action=create-tenant tenant=%s by=%s", tenant, by);
        learn();
        return made;
    }

    /** Makes a key. */
    NewKey createKey(
            TenantId tenant, Set<Scope> scopes, Optional<Instant> expires, Optional<String> description, String by) {
        Instant now = now();
        if (expires.isPresent() && !expires.get().isAfter(now)) {
            throw AdminBody.invalid("expires", "a time in the future expected");
        }
        ApiKey key = ApiKey.generate(random);
        KeyRecord record = new KeyRecord(key.id(), key.hash(), scopes, now, expires, description);
        change(tenant, before -> switch (before.with(record, now)) {
            case Addition.Added(TenantRecord with) -> with;
            case Addition.TooManyLive(Scope scope) ->
                throw new RequestRejectedException(
                        409,
                        AdminError.TOO_MANY_KEYS,
                        "scopes: " + TenantRecord.MAX_LIVE_KEYS_PER_SCOPE + " live keys have the scope " + scope.id()
                                + "; revoke one first");
            case Addition.SameId(KeyId id) -> throw new IllegalStateException("64 random bits drawn twice");
        });
        LOG.infof("admin action=create-key tenant=%s key=%s by=%s", tenant, key.id(), by);
        learn();
        return new NewKey(key, record);
    }

    /** Revokes a key. */
    void revokeKey(TenantId tenant, KeyId key, String by) {
        change(tenant, before -> {
            if (before.findKey(key).isEmpty()) {
                throw new RequestRejectedException(
                        404, RequestError.NOT_FOUND, "key: the tenant has no key with this id");
            }
            return before.without(key);
        });
        LOG.infof("admin action=revoke-key tenant=%s key=%s by=%s", tenant, key, by);
        learn();
    }

    /** Replaces the tenant's own limits. */
    TenantRecord setLimits(TenantId tenant, Map<Limit, Double> limits, String by) {
        TenantRecord changed = change(tenant, before -> before.withLimits(limits));
        LOG.infof("admin action=set-limits tenant=%s limits=%d by=%s", tenant, limits.size(), by);
        learn();
        return changed;
    }

    /** Removes all families and series of a tenant, whether it has a record or not. */
    Removed reset(TenantId tenant, String by) {
        if (!tenants.isInFile(tenant)
                && read(tenant) instanceof DirectoryEntry.Absent
                && !registries.hasCounters(tenant)) {
            throw notFound(tenant);
        }
        return remove(tenant, Extent.KEEP, "reset", by);
    }

    /**
     * Deletes a tenant's record, so that its keys become invalid, and then all its data. Continues a deletion that
     * ended half-way.
     */
    Removed delete(TenantId tenant, String by) {
        rejectIfInFile(tenant);
        boolean hadRecord = deleteRecord(tenant);
        if (hadRecord) {
            LOG.infof("admin action=delete-tenant-record tenant=%s by=%s", tenant, by);
            learn();
        } else if (!registries.hasCounters(tenant)) {
            throw notFound(tenant);
        }
        return remove(tenant, Extent.PURGE, "delete-tenant", by);
    }

    private boolean deleteRecord(TenantId tenant) {
        for (int i = 0; i < MAX_TRIES; i++) {
            DirectoryEntry seen = read(tenant);
            if (seen instanceof DirectoryEntry.Absent) {
                return false;
            }
            if (await(directory.change(seen, Optional.empty())) == ChangeAnswer.CHANGED) {
                return true;
            }
        }
        throw contended();
    }

    private Removed remove(TenantId tenant, Extent extent, String action, String by) {
        RemovalOutcome outcome = registries.reset(tenant, extent);
        LOG.infof("admin action=%s tenant=%s by=%s outcome=%s", action, tenant, by, outcome);
        RemovalOutcome.Done done = Removals.doneOrRejected(outcome, RegistryReset.DEADLINE);
        return new Removed(done.families(), done.series());
    }

    private TenantRecord change(TenantId tenant, UnaryOperator<TenantRecord> change) {
        rejectIfInFile(tenant);
        for (int i = 0; i < MAX_TRIES; i++) {
            DirectoryEntry seen = read(tenant);
            TenantRecord after = change.apply(known(seen));
            switch (await(directory.change(seen, Optional.of(after)))) {
                case CHANGED -> {
                    return after;
                }
                case CONFLICT -> {} // another request came first
                case FULL -> throw new IllegalStateException("a tenant that exists is one too many");
            }
        }
        throw contended();
    }

    private DirectoryEntry read(TenantId tenant) {
        return await(directory.read(tenant));
    }

    private static TenantRecord known(DirectoryEntry entry) {
        return switch (entry) {
            case DirectoryEntry.Known known -> known.content();
            case DirectoryEntry.Absent absent -> throw notFound(absent.tenant());
            case DirectoryEntry.Unreadable unreadable ->
                throw new RequestRejectedException(
                        409,
                        AdminError.TENANT_UNREADABLE,
                        "tenant: its record cannot be read by this release (" + unreadable.flaw()
                                + "); upgrade this process, or delete the tenant");
        };
    }

    /** Refreshes this process' tenants at once, without waiting for the next poll. A failure is ignored. */
    private void learn() {
        await(tenants.refresh().onFailure(RedisFailure.class).recoverWithNull());
    }

    private void rejectIfInFile(TenantId tenant) {
        if (tenants.isInFile(tenant)) {
            throw new RequestRejectedException(
                    409,
                    AdminError.MANAGED_BY_FILE,
                    "tenant: " + tenant + " is in streamgauge.tenants-file; change it there");
        }
    }

    private static RequestRejectedException notFound(TenantId tenant) {
        return new RequestRejectedException(404, RequestError.NOT_FOUND, "tenant: " + tenant + " does not exist");
    }

    private static RequestRejectedException contended() {
        return RequestRejectedException.forNow(
                RequestError.REDIS_UNAVAILABLE, "tenant: other requests keep changing it; ask again", RETRY_AFTER);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static <T> T await(Uni<T> call) {
        return call.await().indefinitely(); // the connection has the deadline
    }
}
