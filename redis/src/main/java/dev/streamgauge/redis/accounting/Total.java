package dev.streamgauge.redis.accounting;

/** A number in a hash of totals, a partition's or a tenant's. The scripts move them. */
public enum Total {
    ACCEPTED("accepted"),
    FOLDED("folded"),
    DEAD("dead"),
    PENDING("pending"),
    LOST_ENTRIES("lost"),
    DEAD_LETTERED_ENTRIES("buried"),
    SATURATED("saturated"),
    SERIES("series"),
    STALE("stale"),
    BACKLOG("backlog"),
    BACKLOG_BYTES("backlog_bytes"),
    REGISTRY_BYTES("registry_bytes"),
    /** When a sample was last accepted, in Unix ms. */
    PUSHED_AT("pushed"),
    /** When the tenant's backlog was last empty, in Unix ms. */
    BACKLOG_SINCE("since"),
    /** When series were last registered ahead of their samples, in Unix ms. */
    REGISTERED_AT("registered"),
    /** When a sweep last counted the whole registry, in Unix seconds. */
    RECOUNTED_AT("recounted");

    private final String field;

    Total(String field) {
        this.field = field;
    }

    /** The name of the field in Redis. */
    public String field() {
        return field;
    }
}
