package dev.streamgauge.redis.removal;

/** What became of a removal. */
public sealed interface RemovalOutcome {

    /**
     * Everything that was to be removed is removed.
     *
     * @param families families removed
     * @param series series removed, with them or out of those that stay
     */
    record Done(long families, long series) implements RemovalOutcome {}

    /**
     * The time was over before everything that was accepted was folded, or before everything was removed. The tenant is
     * no longer fenced. The rest of the registry is consistent, and another removal can continue.
     *
     * @param backlogEntries the tenant's entries that waited to be folded
     * @param families families removed so far
     * @param series series removed so far
     */
    record OutOfTime(long backlogEntries, long families, long series) implements RemovalOutcome {}

    /** A key holds unexpected data. The rest of the registry is consistent. */
    record Broken(String message) implements RemovalOutcome {}
}
