package dev.streamgauge.query.share;

import dev.streamgauge.core.tenant.TenantId;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Slots for renderings that read Redis. A tenant gets a slot only while it holds less than a quarter of the slots that
 * are free at that moment, but always its first one while any is free. So a few tenants never use up all slots, however
 * many scrapes they start, and a tenant that is alone gets a fifth of them. Thread-safe.
 */
public final class RenderingSlots {

    /** A tenant may hold less than one part in so many of the free slots. */
    private static final int SHARE = 4;

    private final int slots;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private final Map<TenantId, Integer> held = new HashMap<>();
    private int taken;

    public RenderingSlots(int slots) {
        this.slots = slots;
    }

    /** A slot that a rendering of a tenant may take and give back. */
    public Slot slotFor(TenantId tenant) {
        return new Slot(tenant);
    }

    private boolean mayTake(TenantId tenant) {
        int free = slots - taken;
        int own = held.getOrDefault(tenant, 0);
        return free > 0 && (own == 0 || own * SHARE < free);
    }

    /** The slot of one rendering, not taken at first. Thread-safe. */
    public final class Slot {

        private final TenantId tenant;
        private boolean mine; // guarded by the lock

        private Slot(TenantId tenant) {
            this.tenant = tenant;
        }

        /** Takes the slot, if it is not taken; waits until the tenant may have it. */
        public void take() throws InterruptedException {
            lock.lockInterruptibly();
            try {
                while (!mine && !mayTake(tenant)) {
                    freed.await();
                }
                if (!mine) {
                    mine = true;
                    taken++;
                    held.merge(tenant, 1, Integer::sum);
                }
            } finally {
                lock.unlock();
            }
        }

        /** Gives the slot back, if it is taken. */
        public void give() {
            lock.lock();
            try {
                if (mine) {
                    mine = false;
                    taken--;
                    held.computeIfPresent(tenant, (same, count) -> count == 1 ? null : count - 1);
                    freed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        /** Whether the rendering reads Redis now. */
        public boolean isTaken() {
            lock.lock();
            try {
                return mine;
            } finally {
                lock.unlock();
            }
        }
    }
}
