package dev.streamgauge.server.tenants;

import dev.streamgauge.core.access.KeyId;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.tenant.DirectoryEntry;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** Tenants by name, and their keys by id. One thread writes at a time, and any thread may read at the same time. */
final class TenantIndex {

    private final NavigableMap<TenantId, TenantRecord> tenants = new ConcurrentSkipListMap<>();
    private final Map<KeyId, OwnedKey> keys = new ConcurrentHashMap<>();
    private final Set<TenantId> unreadable = ConcurrentHashMap.newKeySet();

    /** Takes over a tenant's entry in the directory. A tenant whose entry cannot be read has no valid keys. */
    void take(DirectoryEntry entry) {
        switch (entry) {
            case DirectoryEntry.Known known -> {
                put(known.content());
                unreadable.remove(known.tenant());
            }
            case DirectoryEntry.Unreadable(TenantId tenant, String text, String flaw) -> {
                remove(tenant);
                unreadable.add(tenant);
            }
            case DirectoryEntry.Absent(TenantId tenant) -> {
                remove(tenant);
                unreadable.remove(tenant);
            }
        }
    }

    void put(TenantRecord record) {
        @Nullable TenantRecord before = tenants.put(record.tenant(), record);
        if (before != null) {
            dropKeys(before, record);
        }
        for (KeyRecord key : record.keys()) {
            keys.put(key.id(), new OwnedKey(record.tenant(), key));
        }
    }

    private void remove(TenantId tenant) {
        @Nullable TenantRecord before = tenants.remove(tenant);
        if (before != null) {
            before.keys().forEach(key -> keys.remove(key.id(), new OwnedKey(tenant, key)));
        }
    }

    /** Removes the keys that the tenant no longer has. A key that it keeps stays valid throughout. */
    private void dropKeys(TenantRecord before, TenantRecord after) {
        for (KeyRecord key : before.keys()) {
            if (after.findKey(key.id()).isEmpty()) {
                keys.remove(key.id(), new OwnedKey(before.tenant(), key));
            }
        }
    }

    Optional<TenantRecord> find(TenantId tenant) {
        return Optional.ofNullable(tenants.get(tenant));
    }

    Optional<OwnedKey> findKey(KeyId id) {
        return Optional.ofNullable(keys.get(id));
    }

    /** A live view of the tenants, ordered by id. */
    NavigableMap<TenantId, TenantRecord> tenants() {
        return tenants;
    }

    /** How many tenants have a record that this release cannot read. */
    int unreadable() {
        return unreadable.size();
    }

    /** A live view of the tenants whose record this release cannot read. */
    Set<TenantId> unreadableTenants() {
        return Collections.unmodifiableSet(unreadable);
    }
}
