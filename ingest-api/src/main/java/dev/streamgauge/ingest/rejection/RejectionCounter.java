package dev.streamgauge.ingest.rejection;

import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.accounting.RejectionCounts.Rejected;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rejected samples not yet counted in Redis, by tenant and reason, and what their tenants are to be charged for bodies
 * that never reached Redis. Bounded. Thread-safe.
 */
@Singleton
public final class RejectionCounter {

    /** Maximum number of tenants with rejections that wait; about 200 bytes each. */
    private static final int MAX_TENANTS = 50_000;

    private final Keyspace keyspace;
    private final int maxTenants;
    private final List<Map<TenantId, Waiting>> partitions = new ArrayList<>();
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

    /** What waits of one tenant. */
    private static final class Waiting {

        private final Map<ErrorId, Long> samples = new HashMap<>();
        private TenantLimits limits = TenantLimits.DEFAULTS;
        private long units;
    }

    /** Adds rejected samples. Returns whether there was room, which a tenant that already waits always has. */
    synchronized boolean add(TenantId tenant, ErrorId reason, long samples) {
        Waiting waiting = waitingOf(tenant);
        if (waiting == null) {
            return false;
        }
        waiting.samples.merge(reason, samples, Long::sum);
        return true;
    }

    /**
     * Adds units that a tenant is to be charged for. They are dropped if there is no room.
     *
     * @param limits the tenant's rate and burst
     */
    public synchronized void charge(TenantId tenant, TenantLimits limits, long units) {
        Waiting waiting = waitingOf(tenant);
        if (waiting != null) {
            waiting.limits = limits;
            waiting.units += units;
        }
    }

    private @Nullable Waiting waitingOf(TenantId tenant) {
        Map<TenantId, Waiting> partition = partitions.get(keyspace.partitionOf(tenant));
        Waiting waiting = partition.get(tenant);
        if (waiting == null && tenants < maxTenants) {
            tenants++;
            waiting = new Waiting();
            partition.put(tenant, waiting);
        }
        return waiting;
    }

    /**
     * Removes and returns what waits of tenants of one partition, those that waited longest first.
     *
     * @param most the number of fields, one for each tenant and for each of its reasons, from which on no further tenant
     *     is taken
     */
    synchronized Map<TenantId, Rejected> take(int partition, int most) {
        Map<TenantId, Rejected> taken = new HashMap<>();
        int fields = 0;
        Iterator<Map.Entry<TenantId, Waiting>> all =
                partitions.get(partition).entrySet().iterator();
        while (all.hasNext() && fields < most) {
            Map.Entry<TenantId, Waiting> next = all.next();
            Waiting waiting = next.getValue();
            taken.put(next.getKey(), new Rejected(waiting.samples, waiting.units, waiting.limits));
            fields += 1 + waiting.samples.size();
            all.remove();
        }
        tenants -= taken.size();
        return taken;
    }
}
