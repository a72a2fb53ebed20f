package dev.streamgauge.core.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QuantilesTest {

    @Test
    void of_sortsAndCopies() {
        double[] given = {0.99, 0.5, 1, -0.0};

        Quantiles quantiles = Quantiles.of(given).orElseThrow();

        given[0] = 0.1;
        assertThat(quantiles).hasToString("[0.0, 0.5, 0.99, 1.0]");
        assertThat(quantiles).isEqualTo(Quantiles.of(0, 0.5, 0.99, 1).orElseThrow());
        assertThat(quantiles).hasSameHashCodeAs(Quantiles.of(0, 0.5, 0.99, 1).orElseThrow());
        assertThat(quantiles.count()).isEqualTo(4);
        assertThat(quantiles.get(2)).isEqualTo(0.99);
    }

    @Test
    void of_isEmpty_whenOneIsOutOfRangeOrGivenTwice() {
        assertThat(Quantiles.of(-0.01)).isEmpty();
        assertThat(Quantiles.of(1.01)).isEmpty();
        assertThat(Quantiles.of(0.5, Double.NaN)).isEmpty();
        assertThat(Quantiles.of(Double.POSITIVE_INFINITY)).isEmpty();
        assertThat(Quantiles.of(Double.NEGATIVE_INFINITY)).isEmpty();
        assertThat(Quantiles.of(0.5, 0.9, 0.5)).isEmpty();
        assertThat(Quantiles.of(0.0, -0.0)).isEmpty();
    }

    @Test
    void of_takesTheMost_andNoMore() {
        double[] most = quantiles(Quantiles.MAX_COUNT);
        double[] tooMany = quantiles(Quantiles.MAX_COUNT + 1);

        assertThat(Quantiles.of(most)).isPresent();
        assertThat(Quantiles.of(tooMany)).isEmpty();
    }

    @Test
    void of_givesNone_whenThereAreNone() {
        assertThat(Quantiles.of()).contains(Quantiles.NONE);
    }

    private static double[] quantiles(int count) {
        return IntStream.range(0, count).mapToDouble(i -> i / 100.0).toArray();
    }
}
