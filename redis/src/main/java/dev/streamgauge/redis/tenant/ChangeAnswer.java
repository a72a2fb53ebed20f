package dev.streamgauge.redis.tenant;

/** What became of a change of the directory. */
public enum ChangeAnswer {
    /** It is in force in Redis, and each process has it within a second or two. */
    CHANGED,
    /** Another request has changed the tenant meanwhile: read it again. Nothing was changed. */
    CONFLICT,
    /** There are as many tenants as allowed. Nothing was changed. */
    FULL
}
