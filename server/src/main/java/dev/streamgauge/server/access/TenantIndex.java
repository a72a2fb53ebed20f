package dev.streamgauge.server.access;

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

/** Tenants by name, and their keys by id. Written by one thread at a time, and read by any meanwhile. */
final class TenantIndex {

    private final NavigableMap<TenantId, TenantRecord> tenants = new ConcurrentSkipListMap<>();
    private final Map<KeyId, OwnedKey> keys = new ConcurrentHashMap<>();
    private final Set<TenantId> unreadable = ConcurrentHashMap.newKeySet();

    /** Takes over what the directory says of a tenant. One that cannot be read is as none: its keys are not believed. */
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

    /** Takes the keys out that the tenant has no longer; a key that it keeps is valid at every moment. */
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

    /** The tenants in order of their ids; shows what others write meanwhile. */
    NavigableMap<TenantId, TenantRecord> tenants() {
        return tenants;
    }

    /** How many tenants have a record that this release cannot read. */
    int unreadable() {
        return unreadable.size();
    }

    /** The tenants whose record this release cannot read; shows what others write meanwhile. */
    Set<TenantId> unreadableTenants() {
        return Collections.unmodifiableSet(unreadable);
    }
}
