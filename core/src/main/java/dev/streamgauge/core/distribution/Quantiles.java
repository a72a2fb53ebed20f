package dev.streamgauge.core.distribution;

import java.util.Arrays;
import java.util.Optional;

/** The quantiles that a summary shows: each in [0, 1], ascending, none twice; there may be none. */
public final class Quantiles {

    /** No quantile: only sum and count are shown. */
    public static final Quantiles NONE = new Quantiles(new double[0]);

    /** Most quantiles of one family. */
    public static final int MAX_COUNT = 20;

    private final double[] values;

    private Quantiles(double[] values) {
        this.values = values;
    }

    /** These quantiles in ascending order, or empty if one is out of range, given twice, or there are too many. */
    public static Optional<Quantiles> of(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        if (sorted.length > MAX_COUNT) {
            return Optional.empty();
        }
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] += 0.0; // -0.0 renders as 0.0 does
            if (!(sorted[i] >= 0 && sorted[i] <= 1) || (i > 0 && sorted[i] == sorted[i - 1])) {
                return Optional.empty();
            }
        }
        return Optional.of(new Quantiles(sorted));
    }

    /** How many there are. */
    public int count() {
        return values.length;
    }

    /** The quantile at that place, from 0. */
    public double get(int place) {
        return values[place];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Quantiles quantiles && Arrays.equals(values, quantiles.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return Arrays.toString(values);
    }
}
