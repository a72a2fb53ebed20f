package dev.streamgauge.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TwoGenerationCacheTest {

    private static final int CAPACITY = 100;

    private final TwoGenerationCache<Integer, String> cache = new TwoGenerationCache<>(CAPACITY);

    /** How many of the keys below are still found; looking from the newest, so that looking loses none. */
    private long found(int keys) {
        return IntStream.range(0, keys)
                .map(i -> keys - 1 - i)
                .filter(key -> cache.find(key) != null)
                .count();
    }

    @Test
    void find_givesWhatWasPut_andTheLatestOfTwo() {
        cache.put(1, "one");
        cache.put(2, "two");
        cache.put(1, "another");

        assertThat(cache.find(1)).isEqualTo("another");
        assertThat(cache.find(2)).isEqualTo("two");
        assertThat(cache.find(3)).isNull();
    }

    @Test
    void cache_keepsItsCapacity_andAtMostTwiceThat() {
        for (int key = 0; key < 1_000; key++) {
            cache.put(key, "value");
        }

        assertThat(found(1_000)).isBetween((long) CAPACITY, 2L * CAPACITY);
    }

    @Test
    void cache_losesNothing_upToItsCapacity() {
        for (int key = 0; key < CAPACITY; key++) {
            cache.put(key, "value");
        }

        assertThat(found(CAPACITY)).isEqualTo(CAPACITY);
    }

    @Test
    void cache_keepsWhatIsAskedFor_howeverMuchIsPut() {
        cache.put(-1, "asked for");
        for (int key = 0; key < 10_000; key++) {
            cache.put(key, "value");
            if (key % (CAPACITY / 2) == 0) {
                assertThat(cache.find(-1)).isEqualTo("asked for");
            }
        }

        assertThat(cache.find(-1)).isEqualTo("asked for");
    }

    @Test
    void cache_forgetsWhatIsNotAskedFor() {
        cache.put(-1, "not asked for");
        for (int key = 0; key < 2 * CAPACITY + 2; key++) {
            cache.put(key, "value");
        }

        assertThat(cache.find(-1)).isNull();
    }

    @Test
    void remove_takesThatValueOnly_youngOrOld() {
        cache.put(1, "young");
        cache.put(2, "old");
        for (int key = 10; key < 10 + CAPACITY; key++) {
            cache.put(key, "value"); // which turns 1 and 2 old
        }
        cache.put(1, "young");

        cache.remove(1, "other");
        cache.remove(2, "other");
        assertThat(cache.find(1)).isEqualTo("young");
        assertThat(cache.find(2)).isEqualTo("old");
        cache.remove(1, "young");
        cache.remove(2, "old");

        assertThat(cache.find(1)).isNull();
        assertThat(cache.find(2)).isNull();
    }

    @Test
    void cache_staysBoundedAndTrue_whenManyThreadsUseIt() throws Exception {
        int threads = 8;
        int keys = 20_000;
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<Boolean>> done = IntStream.range(0, threads)
                    .mapToObj(thread ->
                            executor.submit(() -> IntStream.range(0, keys).allMatch(i -> {
                                int key = (i * 31 + thread) % keys;
                                cache.put(key, "value " + key);
                                String other = cache.find((key * 7) % keys);
                                return other == null || other.equals("value " + (key * 7) % keys);
                            })))
                    .toList();
            for (Future<Boolean> each : done) {
                assertThat(each.get()).isTrue();
            }
        }

        assertThat(found(keys)).isLessThanOrEqualTo(2L * (CAPACITY + threads));
    }
}
