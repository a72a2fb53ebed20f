package dev.streamgauge.query.rendering;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/**
 * Remembers which series of one family were shown, since HSCAN may return a field twice while its hash shrinks.
 *
 * <p>It keeps a hash of each series' canonical labels, not the labels: 32 to 64 bytes per series, however long they
 * are. Senders choose the labels, so the hash comes from a universal family, against which no collisions can be chosen:
 * the labels are a polynomial modulo 2^61 - 1, evaluated at two points drawn at random for each instance (Carter and
 * Wegman, "Universal classes of hash functions", 1979). Two different labels of n bytes collide with a probability of
 * at most (n / 7 + 2)^2 / 2^122. Open addressing with linear probing, at most half full. Not thread-safe.
 */
final class SeriesDeduplicator {

    private static final int INITIAL_SLOTS = 4096;

    private static final SecureRandom RANDOM = new SecureRandom();

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long PRIME = (1L << 61) - 1;

    /** Bytes of a word; a word of this length is below the prime. */
    private static final int WORD_BYTES = 7;

    private static final long WORD = (1L << (WORD_BYTES * Byte.SIZE)) - 1;

    private final long firstKey = RANDOM.nextLong(PRIME);
    private final long secondKey = RANDOM.nextLong(PRIME);

    /** Two longs per slot, both 0 if the slot is free; the length is a power of two. */
    private long[] slots = new long[2 * INITIAL_SLOTS];

    private int size;

    /** Adds a series; false if it was added before. */
    boolean add(byte[] labels) {
        long first = labels.length + 1L;
        long second = first;
        int place = 0;
        for (; place + Long.BYTES <= labels.length; place += WORD_BYTES) {
            long word = (long) LONG.get(labels, place) & WORD;
            first = multiply(first, firstKey) + word;
            second = multiply(second, secondKey) + word;
        }
        long rest = 0;
        for (; place < labels.length; place++) {
            rest = (rest << Byte.SIZE) | Byte.toUnsignedLong(labels[place]);
        }
        first = multiply(multiply(first, firstKey) + rest, firstKey) % PRIME;
        second = multiply(multiply(second, secondKey) + rest, secondKey) % PRIME;
        if (!put(slots, first, second)) {
            return false;
        }
        size++;
        if (size * 4 > slots.length) {
            grow();
        }
        return true;
    }

    /** A number below 2^62 that is congruent to the product modulo the prime; both factors must be below 2^62. */
    private static long multiply(long a, long b) {
        long low = a * b;
        long sum = (low & PRIME) + ((low >>> 61) | (Math.multiplyHigh(a, b) << 3));
        return (sum & PRIME) + (sum >>> 61);
    }

    private void grow() {
        long[] larger = new long[slots.length * 2];
        for (int i = 0; i < slots.length; i += 2) {
            if (isTaken(slots, i)) {
                put(larger, slots[i], slots[i + 1]);
            }
        }
        slots = larger;
    }

    private static boolean put(long[] slots, long first, long second) {
        int place = placeOf(first, slots.length);
        while (isTaken(slots, place)) {
            if (slots[place] == first && slots[place + 1] == second) {
                return false;
            }
            place = (place + 2) & (slots.length - 1);
        }
        slots[place] = first;
        slots[place + 1] = second;
        return true;
    }

    private static int placeOf(long hash, int length) {
        return 2 * (int) (hash & (length / 2 - 1));
    }

    private static boolean isTaken(long[] slots, int place) {
        return (slots[place] | slots[place + 1]) != 0;
    }
}
