package dev.streamgauge.benchmarks.sidebyside;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** The median of some rounds, with the least and the greatest. */
record Spread(double median, double least, double greatest) {

    static Spread of(Collection<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        if (sorted.isEmpty()) {
            return new Spread(Double.NaN, Double.NaN, Double.NaN);
        }
        int middle = sorted.size() / 2;
        double median = sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return new Spread(median, sorted.getFirst(), sorted.getLast());
    }

    /** Such as {@code 1.62 µs (1.58–1.71)}. */
    String text(String unit) {
        return String.format(Locale.ROOT, "%s %s (%s–%s)", number(median), unit, number(least), number(greatest));
    }

    /** Three digits that count. */
    static String number(double value) {
        double size = Math.abs(value);
        String format = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.1 || size == 0 ? "%.2f" : "%.4f";
        return String.format(Locale.ROOT, format, value);
    }
}
