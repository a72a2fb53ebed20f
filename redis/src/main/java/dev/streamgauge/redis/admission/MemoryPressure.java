package dev.streamgauge.redis.admission;

/** Whether Redis is about to run out of memory. */
public enum MemoryPressure {
    /** There is enough memory to store more. */
    NONE,
    /** So little memory is left that it is kept for folding, which needs some to free more. */
    HIGH
}
