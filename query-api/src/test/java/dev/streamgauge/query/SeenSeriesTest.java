package dev.streamgauge.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SeenSeriesTest {

    @Test
    void add_saysNewOnce_whenThereAreManySeries() {
        SeenSeries seen = new SeenSeries();
        int series = 100_000;

        int fresh = addAll(seen, series);
        int freshAgain = addAll(seen, series);

        assertThat(fresh).isEqualTo(series);
        assertThat(freshAgain).isZero();
    }

    @Test
    void add_takesNoLabelsForASeries_likeAnyOther() {
        SeenSeries seen = new SeenSeries();

        boolean first = seen.add(new byte[0]);
        boolean second = seen.add(new byte[0]);

        assertThat(first).isTrue();
        assertThat(second).isFalse();
    }

    private static int addAll(SeenSeries seen, int series) {
        int fresh = 0;
        for (int i = 0; i < series; i++) {
            fresh += seen.add(("host=\"" + i + '"').getBytes(StandardCharsets.UTF_8)) ? 1 : 0;
        }
        return fresh;
    }
}
