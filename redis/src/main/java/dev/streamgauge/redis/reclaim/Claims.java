package dev.streamgauge.redis.reclaim;

/**
 * Result of taking over entries.
 *
 * @param claimed entries that are pending for this consumer now
 * @param unreadable entries left where they are, since their version is unknown here
 * @param lost entries that were deleted from outside
 */
public record Claims(int claimed, int unreadable, int lost) {

    static final Claims NONE = new Claims(0, 0, 0);

    Claims plus(Claims more) {
        return new Claims(claimed + more.claimed, unreadable + more.unreadable, lost + more.lost);
    }
}
