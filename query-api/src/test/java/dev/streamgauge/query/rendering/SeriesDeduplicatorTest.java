package dev.streamgauge.query.rendering;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesDeduplicatorTest {

    @Test
    void add_isTrueOncePerSeries_whenThereAreManySeries() {
        SeriesDeduplicator deduplicator = new SeriesDeduplicator();
        int series = 100_000;

        int fresh = addAll(deduplicator, series);
        int freshAgain = addAll(deduplicator, series);

        assertThat(fresh).isEqualTo(series);
        assertThat(freshAgain).isZero();
    }

    @Test
    void add_acceptsASeriesWithoutLabels() {
        SeriesDeduplicator deduplicator = new SeriesDeduplicator();

        boolean first = deduplicator.add(new byte[0]);
        boolean second = deduplicator.add(new byte[0]);

        assertThat(first).isTrue();
        assertThat(second).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 7, 8, 9, 13, 14, 15, 16, 60})
    void add_distinguishesLabels_whereverTheyDiffer(int length) {
        SeriesDeduplicator deduplicator = new SeriesDeduplicator();
        byte[] labels = "x".repeat(length).getBytes(StandardCharsets.UTF_8);

        assertThat(deduplicator.add(labels.clone())).isTrue();
        assertThat(deduplicator.add(Arrays.copyOf(labels, length + 1))).isTrue(); // a trailing 0 byte counts
        for (int i = 0; i < length; i++) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                byte[] other = labels.clone();
                other[i] ^= (byte) (1 << bit);
                assertThat(deduplicator.add(other)).isTrue();
            }
        }
        assertThat(deduplicator.add(labels)).isFalse();
    }

    private static int addAll(SeriesDeduplicator deduplicator, int series) {
        int fresh = 0;
        for (int i = 0; i < series; i++) {
            fresh += deduplicator.add(("host=\"" + i + '"').getBytes(StandardCharsets.UTF_8)) ? 1 : 0;
        }
        return fresh;
    }
}
