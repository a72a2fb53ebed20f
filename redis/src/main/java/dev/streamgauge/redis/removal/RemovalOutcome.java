package dev.streamgauge.redis.reset;

/** What became of a reset. */
public sealed interface ResetOutcome {

    /**
     * Nothing is left of the registry.
     *
     * @param families families removed
     * @param series series removed with them
     */
    record Done(long families, long series) implements ResetOutcome {}

    /**
     * What was accepted was not folded in time, or more than could be removed in that time was there. Pushes are taken
     * again. What is left is whole, and another reset goes on with it.
     *
     * @param backlogEntries the tenant's entries that waited to be folded
     * @param families families removed so far
     * @param series series removed with them
     */
    record OutOfTime(long backlogEntries, long families, long series) implements ResetOutcome {}

    /** A key of the tenant holds something foreign. What is left is whole. */
    record Broken(String message) implements ResetOutcome {}
}
