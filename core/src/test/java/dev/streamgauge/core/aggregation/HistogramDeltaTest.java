package dev.streamgauge.core.aggregation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.core.distribution.BucketLayout;
import org.junit.jupiter.api.Test;

class HistogramDeltaTest {

    private static final BucketLayout LAYOUT = BucketLayout.of(0.1, 1).orElseThrow();

    @Test
    void observe_countsIntoTheFirstBucketThatContainsTheValue() {
        Histogram.Delta histogram = new Histogram.Delta(LAYOUT);

        for (double value : new double[] {-5, 0.1, Math.nextUp(0.1), 1, 1.5}) {
            histogram.observe(value);
        }

        assertThat(counts(histogram)).containsExactly(2, 2, 1);
        assertThat(histogram.sum()).isEqualTo(-2.3);
    }

    @Test
    void addCount_staysAtTheGreatestCount_whenABucketIsFull() {
        Histogram.Delta histogram = new Histogram.Delta(LAYOUT);
        histogram.addCount(0, 0x1p53 - 1);

        histogram.addCount(0, 1);
        histogram.addCount(0, 1);

        assertThat(counts(histogram)).containsExactly(0x1p53, 0, 0);
    }

    @Test
    void merge_staysAtTheGreatestCount_whenABucketIsFull() {
        Histogram.Delta histogram = new Histogram.Delta(LAYOUT);
        Histogram.Delta other = new Histogram.Delta(LAYOUT);
        histogram.addCount(2, 0x1p53);
        other.addCount(2, 0x1p53);

        histogram.merge(other);

        assertThat(counts(histogram)).containsExactly(0, 0, 0x1p53);
    }

    private static double[] counts(Histogram.Delta histogram) {
        double[] counts = new double[histogram.layout().bucketCount()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = histogram.count(i);
        }
        return counts;
    }
}
