package dev.streamgauge.core.access;

import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A tenant as its administrator set it up.
 *
 * <p>At most {@value #MAX_LIVE_KEYS_PER_SCOPE} keys of one scope may be live at the same time: enough to introduce a
 * new key before the old one is removed, and few enough to keep track of. A key is live from its creation to its
 * expiry, so the rule is only checked when a key is added.
 *
 * @param tenant whose record it is
 * @param created when it was made
 * @param keys in the order in which they were added; no two of one id
 * @param limits the limits that are not those of all tenants
 */
public record TenantRecord(TenantId tenant, Instant created, List<KeyRecord> keys, Map<Limit, Double> limits) {

    /** Maximum number of live keys of one scope. */
    public static final int MAX_LIVE_KEYS_PER_SCOPE = 2;

    /** Maximum number of keys kept, including expired ones. A further key replaces the one that expired first. */
    public static final int MAX_KEYS = 20;

    /**
     * Copies the keys and limits.
     *
     * @throws IllegalArgumentException if there are too many keys, two of one id, or a limit out of its range
     */
    public TenantRecord {
        keys = List.copyOf(keys);
        if (keys.size() > MAX_KEYS) {
            throw new IllegalArgumentException("keys: " + keys.size() + " given, at most " + MAX_KEYS);
        }
        Set<KeyId> ids = new HashSet<>();
        for (KeyRecord key : keys) {
            if (!ids.add(key.id())) {
                throw new IllegalArgumentException("keys: two of the id " + key.id());
            }
        }
        limits.forEach((limit, value) -> limit.flawOf(value).ifPresent(flaw -> {
            throw new IllegalArgumentException("limits." + limit.id() + ": " + flaw);
        }));
        limits = limits.isEmpty() ? Map.of() : Map.copyOf(new EnumMap<>(limits));
    }

    /** A tenant without keys and limits of its own. */
    public static TenantRecord create(TenantId tenant, Instant now) {
        return new TenantRecord(tenant, now, List.of(), Map.of());
    }

    /** What became of adding a key. */
    public sealed interface Addition {

        /** The tenant with the key. */
        record Added(TenantRecord tenant) implements Addition {}

        /** The key was not added: that scope already has its maximum number of live keys. */
        record TooManyLive(Scope scope) implements Addition {}

        /** The key was not added: the tenant has one of that id. */
        record SameId(KeyId id) implements Addition {}
    }

    /** The tenant with one key more, if the rules allow it now. */
    public Addition with(KeyRecord key, Instant now) {
        if (findKey(key.id()).isPresent()) {
            return new Addition.SameId(key.id());
        }
        List<KeyRecord> all = new ArrayList<>(keys);
        if (all.size() == MAX_KEYS) { // then one has expired: no more than two of each scope are live
            keys.stream()
                    .filter(each -> !each.isLive(now))
                    .min(Comparator.comparing(each -> each.expires().orElse(Instant.MAX)))
                    .ifPresent(all::remove);
        }
        all.add(key);
        TenantRecord added = new TenantRecord(tenant, created, all, limits);
        return added.scopeWithTooManyKeys(now)
                .<Addition>map(Addition.TooManyLive::new)
                .orElseGet(() -> new Addition.Added(added));
    }

    /** The scope that has more live keys than the rule allows, if there is one. */
    public Optional<Scope> scopeWithTooManyKeys(Instant now) {
        return Stream.of(Scope.values())
                .filter(scope -> keys.stream()
                                .filter(key -> key.isLive(now) && key.scopes().contains(scope))
                                .count()
                        > MAX_LIVE_KEYS_PER_SCOPE)
                .findFirst();
    }

    /** The tenant without that key. */
    public TenantRecord without(KeyId id) {
        return new TenantRecord(
                tenant,
                created,
                keys.stream().filter(key -> !key.id().equals(id)).toList(),
                limits);
    }

    /** The tenant with those limits in the place of its own. */
    public TenantRecord withLimits(Map<Limit, Double> others) {
        return new TenantRecord(tenant, created, keys, others);
    }

    /** The key of that id. */
    public Optional<KeyRecord> findKey(KeyId id) {
        return keys.stream().filter(key -> key.id().equals(id)).findFirst();
    }
}
