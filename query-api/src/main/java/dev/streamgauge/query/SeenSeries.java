package dev.streamgauge.query;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Remembers which series of one family were shown, since HSCAN may give a field twice while its hash shrinks.
 *
 * <p>It keeps 128 bits of each label text's SHA-256, not the text: 32 to 64 bytes a series, however long the labels, and
 * two series that are taken for one are not to be expected before 2^64 of them. Open addressing with linear probing, at
 * most half full. Not thread-safe.
 */
final class SeenSeries {

    private static final int INITIAL_SLOTS = 4096;

    private final MessageDigest sha256;

    /** Two longs a slot; both 0 is free. */
    private long[] slots = new long[2 * INITIAL_SLOTS];

    private int size;

    SeenSeries() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Notes a series; whether it was not noted before. */
    boolean add(byte[] labels) {
        ByteBuffer digest = ByteBuffer.wrap(sha256.digest(labels));
        if (!put(slots, digest.getLong(), digest.getLong())) {
            return false;
        }
        size++;
        if (size * 4 > slots.length) {
            grow();
        }
        return true;
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
            place = (place + 2) % slots.length;
        }
        slots[place] = first;
        slots[place + 1] = second;
        return true;
    }

    private static int placeOf(long hash, int length) {
        return 2 * (int) (hash & (length / 2 - 1)); // lengths are powers of two
    }

    private static boolean isTaken(long[] slots, int place) {
        return (slots[place] | slots[place + 1]) != 0;
    }
}
