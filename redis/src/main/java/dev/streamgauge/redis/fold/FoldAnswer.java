package dev.streamgauge.redis.fold;

import dev.streamgauge.core.stream.EntryId;

/** What the fold script says of a batch. Only {@link Folded} has changed anything. */
public sealed interface FoldAnswer {

    /**
     * Folded, acknowledged and deleted.
     *
     * @param saturated sums and counts that stayed at their greatest value
     */
    record Folded(int saturated) implements FoldAnswer {}

    /** An entry is no longer pending for this consumer: drop the batch, and read what is still ours. */
    record Stale(EntryId entry) implements FoldAnswer {}

    /** Stream or group is gone: recreate the group, from the stream's beginning. */
    record NoGroup() implements FoldAnswer {}

    /**
     * The call would take Redis too long: fold the entries in smaller batches. Never the answer for a single entry.
     *
     * @param series how many of the batch's series would fit into a call
     */
    record Split(int series) implements FoldAnswer {}

    /** A stored value is of a version that this release does not know: a newer one wrote it, and can fold the batch. */
    record Unreadable(String message) implements FoldAnswer {}

    /** A key holds unexpected data, or a value of another type or layout. */
    record Broken(String message) implements FoldAnswer {}
}
