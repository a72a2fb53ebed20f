package dev.streamgauge.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesDeduplicatorTest {

    @Test
    void add_saysNewOnce_whenThereAreManySeries() {
        SeriesDeduplicator seen = new SeriesDeduplicator();
        int series = 100_000;

        int fresh = addAll(seen, series);
        int freshAgain = addAll(seen, series);

        assertThat(fresh).isEqualTo(series);
        assertThat(freshAgain).isZero();
    }

    @Test
    void add_takesNoLabelsForASeries_likeAnyOther() {
        SeriesDeduplicator seen = new SeriesDeduplicator();

        boolean first = seen.add(new byte[0]);
        boolean second = seen.add(new byte[0]);

        assertThat(first).isTrue();
        assertThat(second).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 7, 8, 9, 13, 14, 15, 16, 60})
    void add_tellsTextsApart_whereverTheyDiffer(int length) {
        SeriesDeduplicator seen = new SeriesDeduplicator();
        byte[] labels = "x".repeat(length).getBytes(StandardCharsets.UTF_8);

        assertThat(seen.add(labels.clone())).isTrue();
        assertThat(seen.add(Arrays.copyOf(labels, length + 1))).isTrue(); // a byte of 0 is one more
        for (int i = 0; i < length; i++) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                byte[] other = labels.clone();
                other[i] ^= (byte) (1 << bit);
                assertThat(seen.add(other)).isTrue();
            }
        }
        assertThat(seen.add(labels)).isFalse();
    }

    private static int addAll(SeriesDeduplicator seen, int series) {
        int fresh = 0;
        for (int i = 0; i < series; i++) {
            fresh += seen.add(("host=\"" + i + '"').getBytes(StandardCharsets.UTF_8)) ? 1 : 0;
        }
        return fresh;
    }
}
