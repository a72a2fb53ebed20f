package dev.streamgauge.ingest;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * A bounded map that forgets what was not asked for lately: a young and an old generation. When the young one is full it
 * becomes the old one, which is dropped; what is found in the old one moves to the young.
 *
 * <p>A look-up costs one or two probes, without the bookkeeping of an exact order of use. Holds at most twice its
 * capacity. Thread-safe; entries may be forgotten at any time.
 */
final class TwoGenerationCache<K, V> {

    private final int capacity;
    private volatile ConcurrentMap<K, V> young = new ConcurrentHashMap<>();
    private volatile ConcurrentMap<K, V> old = new ConcurrentHashMap<>();

    /** A map of at most twice that many entries. */
    TwoGenerationCache(int capacity) {
        this.capacity = capacity;
    }

    @Nullable
    V find(K key) {
        V found = young.get(key);
        if (found == null) {
            found = old.get(key);
            if (found != null) {
                put(key, found);
            }
        }
        return found;
    }

    void put(K key, V value) {
        young.put(key, value);
        if (young.size() > capacity) {
            turn();
        }
    }

    void remove(K key, V value) {
        young.remove(key, value);
        old.remove(key, value);
    }

    private synchronized void turn() {
        if (young.size() > capacity) {
            old = young;
            young = new ConcurrentHashMap<>();
        }
    }
}
