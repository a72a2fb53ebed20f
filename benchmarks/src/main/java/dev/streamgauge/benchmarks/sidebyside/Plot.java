package dev.streamgauge.benchmarks.sidebyside;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * A line for each system, with medians as points and bars from the least to the greatest, on two logarithmic scales.
 * Written by hand, as the plotting libraries draw with AWT, which needs fonts that a server does not have.
 */
final class Plot {

    private static final int WIDTH = 820;
    private static final int HEIGHT = 440;
    private static final int LEFT = 80;
    private static final int RIGHT = 590;
    private static final int TOP = 50;
    private static final int BOTTOM = 360;

    /** Distinguishable for readers with red-green color blindness. */
    private static final List<String> COLORS = List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00");

    private final String file;
    private final String title;
    private final String xTitle;
    private final String unit;
    private final Map<String, List<Point>> lines = new LinkedHashMap<>();

    private record Point(double x, Spread y) {}

    Plot(String file, String title, String xTitle, String unit) {
        this.file = file;
        this.title = title;
        this.xTitle = xTitle;
        this.unit = unit;
    }

    /** Adds to a line. */
    Plot point(String line, double x, Spread y) {
        lines.computeIfAbsent(line, name -> new ArrayList<>()).add(new Point(x, y));
        return this;
    }

    /** Writes it as SVG. */
    void write(Path directory, String machine) {
        try {
            Files.writeString(directory.resolve(file + ".svg"), svg(machine));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String svg(String machine) {
        List<Point> all = lines.values().stream().flatMap(List::stream).toList();
        Scale x = Scale.over(all.stream().mapToDouble(Point::x).toArray(), LEFT, RIGHT);
        Scale y = Scale.over(
                all.stream()
                        .flatMap(point -> List.of(point.y.least(), point.y.greatest()).stream())
                        .mapToDouble(Double::doubleValue)
                        .toArray(),
                BOTTOM,
                TOP);
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                WIDTH,
                HEIGHT));
        text(svg, LEFT, 28, "start", "16", title + " [" + unit + "]");
        for (double tick : y.decades()) {
            line(svg, LEFT, y.place(tick), RIGHT, y.place(tick), "#dddddd", 1);
            text(svg, LEFT - 8, y.place(tick) + 4, "end", "13", number(tick));
        }
        for (double tick : new TreeSet<>(all.stream().map(Point::x).toList())) {
            line(svg, x.place(tick), BOTTOM, x.place(tick), BOTTOM + 5, "#333333", 1);
            text(svg, x.place(tick), BOTTOM + 20, "middle", "13", number(tick));
        }
        line(svg, LEFT, BOTTOM, RIGHT, BOTTOM, "#333333", 1);
        text(svg, (LEFT + RIGHT) / 2.0, BOTTOM + 40, "middle", "13", xTitle);
        text(svg, 10, HEIGHT - 12, "start", "10", machine);
        int place = 0;
        for (Map.Entry<String, List<Point>> line : lines.entrySet()) {
            draw(svg, line.getValue(), x, y, COLORS.get(place % COLORS.size()));
            Point last = line.getValue().getLast();
            text(
                    svg,
                    RIGHT + 14,
                    TOP + 16 + 20 * place,
                    "start",
                    "13",
                    line.getKey() + ", " + Spread.number(last.y.median()) + " " + unit);
            line(svg, RIGHT + 2, TOP + 12 + 20 * place, RIGHT + 11, TOP + 12 + 20 * place, COLORS.get(place), 3);
            place++;
        }
        return svg.append("</svg>\n").toString();
    }

    private static void draw(StringBuilder svg, List<Point> points, Scale x, Scale y, String color) {
        Point before = null;
        for (Point point : points) {
            double px = x.place(point.x);
            double py = y.place(point.y.median());
            if (before != null) {
                line(svg, x.place(before.x), y.place(before.y.median()), px, py, color, 2);
            }
            line(svg, px, y.place(point.y.least()), px, y.place(point.y.greatest()), color, 1);
            svg.append(String.format(
                    Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>%n", px, py, color));
            before = point;
        }
    }

    private static void line(StringBuilder svg, double x1, double y1, double x2, double y2, String color, int width) {
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
                x1,
                y1,
                x2,
                y2,
                color,
                width));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String size, String text) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                size,
                text.replace("&", "&amp;").replace("<", "&lt;")));
    }

    private static String number(double value) {
        return value >= 1 ? String.format(Locale.ROOT, "%,.0f", value) : Double.toString(value);
    }

    /** A logarithmic one, of whole decades. */
    private record Scale(int least, int greatest, double from, double to) {

        static Scale over(double[] values, double from, double to) {
            double least = Double.POSITIVE_INFINITY;
            double greatest = 0;
            for (double value : values) {
                least = Math.min(least, value);
                greatest = Math.max(greatest, value);
            }
            int lowest = (int) Math.floor(Math.log10(least));
            return new Scale(lowest, Math.max(lowest + 1, (int) Math.ceil(Math.log10(greatest))), from, to);
        }

        double place(double value) {
            return from + (to - from) * (Math.log10(value) - least) / (greatest - least);
        }

        List<Double> decades() {
            List<Double> decades = new ArrayList<>();
            for (int decade = least; decade <= greatest; decade++) {
                decades.add(Math.pow(10, decade));
            }
            return decades;
        }
    }
}
