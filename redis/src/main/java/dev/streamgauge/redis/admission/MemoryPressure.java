package dev.streamgauge.redis.admission;

/**
 * How low Redis is on memory, and which tenants are to blame.
 *
 * @param level how low
 * @param largeBytes bytes in Redis above which a tenant is large
 */
public record MemoryPressure(Level level, long largeBytes) {

    /** There is enough memory to store more. */
    public static final MemoryPressure NONE = new MemoryPressure(Level.NONE, Long.MAX_VALUE);

    /** So little memory is left that it is kept for folding, which needs some to free more. */
    public static final MemoryPressure ALL = new MemoryPressure(Level.ALL, 0);

    /** What is rejected. Each level rejects what the ones before it do. */
    public enum Level {
        /** Nothing. */
        NONE,
        /**
         * New series, families and idempotency keys of large tenants, and new tenants where their number is limited.
         */
        GROWTH,
        /** Every push of a large tenant. */
        LARGE,
        /** Every push. */
        ALL
    }
}
