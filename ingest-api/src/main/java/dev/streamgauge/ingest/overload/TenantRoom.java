package dev.streamgauge.ingest.overload;

/**
 * How many more tenants may begin to exist. Redis counts the tenants once in a while; in between, each call that may
 * create some reserves room for all of them, and what it has reserved is not free again before the next count. So this
 * process never creates more than there is room for, and a few of them may have to wait for the next count. Thread-safe.
 */
public final class TenantRoom {

    private final long most;
    private long room;

    /** Room reserved by calls that have not ended. */
    private long underWay;

    /** Room reserved by calls that had not ended when the last count began, or that began since. */
    private long uncounted;

    /**
     * Nothing is counted yet, so that all the room is free.
     *
     * @param most maximum number of tenants
     */
    public TenantRoom(long most) {
        this.most = most;
        this.room = most;
    }

    /** Reserves room for up to that many tenants; returns for how many. The caller releases them after its call. */
    public synchronized int reserve(int tenants) {
        int reserved = (int) Math.min(tenants, room);
        room -= reserved;
        underWay += reserved;
        uncounted += reserved;
        return reserved;
    }

    /** Ends a call that had reserved this room. */
    public synchronized void release(int reserved) {
        underWay -= reserved;
    }

    /** A count begins, which may miss what calls under way create. */
    public synchronized void countBegins() {
        uncounted = underWay;
    }

    /** The result of the count that began last. */
    public synchronized void counted(long tenants) {
        room = Math.max(0, most - tenants - uncounted);
    }
}
