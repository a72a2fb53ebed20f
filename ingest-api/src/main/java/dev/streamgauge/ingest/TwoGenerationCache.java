package dev.streamgauge.ingest;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * A bounded map of recently used entries, in a young and an old generation. When the young generation is full, it
 * replaces the old one, which is dropped. An entry found in the old generation moves to the young one.
 *
 * <p>A lookup costs one or two probes, without the bookkeeping of an exact order of use. The map has at most twice its
 * capacity of entries. Thread-safe; entries may be forgotten at any time.
 */
public final class TwoGenerationCache<K, V> {

    private final int capacity;
    private volatile ConcurrentMap<K, V> young = new ConcurrentHashMap<>();
    private volatile ConcurrentMap<K, V> old = new ConcurrentHashMap<>();

    /** A cache of at most twice that many entries. */
    public TwoGenerationCache(int capacity) {
        this.capacity = capacity;
    }

    @Nullable
    public V find(K key) {
        V found = young.get(key);
        if (found == null) {
            found = old.get(key);
            if (found != null) {
                put(key, found);
            }
        }
        return found;
    }

    public void put(K key, V value) {
        young.put(key, value);
        if (young.size() > capacity) {
            turn();
        }
    }

    public void remove(K key, V value) {
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
