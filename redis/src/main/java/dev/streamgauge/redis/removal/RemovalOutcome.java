package dev.streamgauge.redis.removal;

/** What became of a removal. */
public sealed interface RemovalOutcome {

    /**
     * Nothing is left of what was to go.
     *
     * @param families families removed
     * @param series series removed, with them or out of those that stay
     */
    record Done(long families, long series) implements RemovalOutcome {}

    /**
     * What was accepted was not folded in time, or more than could be removed in that time was there. Pushes are taken
     * again. What is left is whole, and another removal goes on with it.
     *
     * @param backlogEntries the tenant's entries that waited to be folded
     * @param families families removed so far
     * @param series series removed so far
     */
    record OutOfTime(long backlogEntries, long families, long series) implements RemovalOutcome {}

    /** A key of the tenant holds something foreign. What is left is whole. */
    record Broken(String message) implements RemovalOutcome {}
}
