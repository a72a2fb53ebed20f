package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rejected samples not yet counted in Redis, by tenant and reason. Bounded. Thread-safe. */
@Singleton
final class RejectionCounter {

    /** Maximum number of tenants with rejections that wait; about 200 bytes each. */
    private static final int MAX_TENANTS = 50_000;

    private final Keyspace keyspace;
    private final int maxTenants;
    private final List<Map<TenantId, Map<Reason, Long>>> partitions = new ArrayList<>();
    private int tenants;

    @Inject
    RejectionCounter(Keyspace keyspace) {
        this(keyspace, MAX_TENANTS);
    }

    RejectionCounter(Keyspace keyspace, int maxTenants) {
        this.keyspace = keyspace;
        this.maxTenants = maxTenants;
        for (int partition = 0; partition < keyspace.partitions(); partition++) {
            partitions.add(new LinkedHashMap<>());
        }
    }

    /** Adds rejected samples. Returns whether there was room, which a tenant that already waits always has. */
    synchronized boolean add(TenantId tenant, Reason reason, long samples) {
        Map<TenantId, Map<Reason, Long>> partition = partitions.get(keyspace.partitionOf(tenant));
        Map<Reason, Long> reasons = partition.get(tenant);
        if (reasons == null) {
            if (tenants == maxTenants) {
                return false;
            }
            tenants++;
            reasons = new EnumMap<>(Reason.class);
            partition.put(tenant, reasons);
        }
        reasons.merge(reason, samples, Long::sum);
        return true;
    }

    /** Removes and returns the counts of tenants of one partition, those that waited longest first. */
    synchronized Map<TenantId, Map<Reason, Long>> take(int partition, int most) {
        Map<TenantId, Map<Reason, Long>> taken = new HashMap<>();
        Iterator<Map.Entry<TenantId, Map<Reason, Long>>> waiting =
                partitions.get(partition).entrySet().iterator();
        while (waiting.hasNext() && taken.size() < most) {
            Map.Entry<TenantId, Map<Reason, Long>> next = waiting.next();
            taken.put(next.getKey(), next.getValue());
            waiting.remove();
        }
        tenants -= taken.size();
        return taken;
    }
}
