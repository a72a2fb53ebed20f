package dev.streamgauge.redis.admission;

/** How much memory Redis has left. */
public enum MemoryPressure {
    /** Enough to store more. */
    ENOUGH,
    /** So little that the rest is kept for folding, which needs some to free more. */
    SHORT
}
