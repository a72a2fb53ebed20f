package dev.streamgauge.ingest.overload;

import dev.streamgauge.core.tenant.TenantId;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;

/**
 * The bytes of memory that request bodies may hold in this process, from their first byte to their answer. Thread-safe.
 *
 * <p>A tenant may hold a quarter of what is free, but always {@value #ALWAYS_ALLOWED} bytes: so a single tenant gets a
 * fifth of the budget, and many tenants share nearly all of it, which is the dynamic threshold of A. Choudhury and E.
 * Hahne, "Dynamic queue length thresholds for shared-memory packet switches" (IEEE/ACM Transactions on Networking, 1998).
 * When a tenant has used up its share, its oldest incomplete body is dropped for the new one; when the budget is used up,
 * the oldest incomplete body of the tenant that holds most. A sender that stalls thus loses its place to one that sends.
 */
public final class BodyBudget {

    /** What any tenant may hold, whatever others hold: 64 KiB. */
    static final int ALWAYS_ALLOWED = 64 * 1024;

    /** A tenant may hold one part in so many of what is free. */
    private static final int PARTS = 4;

    private final long capacity;
    private final Map<TenantId, Holder> holders = new HashMap<>();
    private long held;

    /**
     * An empty budget.
     *
     * @param capacity in bytes
     */
    public BodyBudget(long capacity) {
        this.capacity = capacity;
    }

    /** What one tenant holds. */
    private static final class Holder {

        private final LinkedHashSet<Lease> incomplete = new LinkedHashSet<>(); // the oldest first
        private long held;
        private int leases;
    }

    /**
     * Opens the account of one body.
     *
     * @param drop called at most once, on any thread, when the body loses its place; it should fail the request
     */
    public synchronized Lease open(TenantId tenant, Runnable drop) {
        Holder holder = holders.computeIfAbsent(tenant, added -> new Holder());
        Lease lease = new Lease(tenant, holder, drop);
        holder.leases++;
        holder.incomplete.add(lease);
        return lease;
    }

    /** Bytes held by all bodies. */
    public synchronized long held() {
        return held;
    }

    /** The memory that one body holds. */
    public final class Lease implements AutoCloseable {

        private final TenantId tenant;
        private final Holder holder;
        private final Runnable drop;
        private long bytes;
        private boolean isClosed;

        private Lease(TenantId tenant, Holder holder, Runnable drop) {
            this.tenant = tenant;
            this.holder = holder;
            this.drop = drop;
        }

        /**
         * Changes what the body holds. Returns whether there was room; if not, it holds as much as before. Other bodies
         * may be dropped for it.
         *
         * @param bytes all bytes that the body holds from now on
         */
        public boolean resize(long bytes) {
            while (true) {
                Optional<Lease> dropped;
                synchronized (BodyBudget.this) {
                    if (isClosed) {
                        return false;
                    }
                    if (bytes <= this.bytes || fits(bytes - this.bytes)) {
                        hold(bytes);
                        return true;
                    }
                    dropped = findVictim(bytes - this.bytes);
                    dropped.ifPresent(Lease::release);
                }
                if (dropped.isEmpty()) {
                    return false;
                }
                dropped.get().drop.run();
            }
        }

        private boolean fits(long more) {
            return held + more <= capacity && holder.held + more <= shareNow();
        }

        private long shareNow() {
            return Math.max(ALWAYS_ALLOWED, (capacity - held) / PARTS);
        }

        /** The body to drop so that this one gets its bytes; empty if there is none. */
        private Optional<Lease> findVictim(long more) {
            return holder.held + more > shareNow()
                    ? oldest(holder)
                    : holders.values().stream()
                            .filter(each -> oldest(each).isPresent())
                            .max(Comparator.comparingLong(each -> each.held))
                            .flatMap(this::oldest);
        }

        /** The oldest incomplete body of a tenant that is not this one and holds anything. */
        private Optional<Lease> oldest(Holder of) {
            return of.incomplete.stream()
                    .filter(each -> each != this && each.bytes > 0)
                    .findFirst();
        }

        private void hold(long bytes) {
            holder.held += bytes - this.bytes;
            held += bytes - this.bytes;
            this.bytes = bytes;
        }

        /** The body is complete: it is not dropped for another one any more. */
        public void complete() {
            synchronized (BodyBudget.this) {
                holder.incomplete.remove(this);
            }
        }

        private void release() {
            isClosed = true;
            hold(0);
            holder.incomplete.remove(this);
            holder.leases--;
            if (holder.leases == 0) {
                holders.remove(tenant, holder);
            }
        }

        /** The body is gone. Does nothing if it was closed or dropped before. */
        @Override
        public void close() {
            synchronized (BodyBudget.this) {
                if (!isClosed) {
                    release();
                }
            }
        }
    }
}
