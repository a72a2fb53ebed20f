package dev.streamgauge.query.rendering;

import dev.streamgauge.core.exposition.ExpositionFormat;
import dev.streamgauge.core.exposition.ExpositionWriter;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.snapshot.SeriesSnapshot;
import java.nio.charset.StandardCharsets;

/**
 * A format that the product does not know: a line for each series, with its labels as pairs, its value, and when it
 * began; then a last line. It shows only the sums of distributions.
 */
public final class LinesFormat implements ExpositionFormat {

    public static final LinesFormat INSTANCE = new LinesFormat();

    private LinesFormat() {}

    @Override
    public String contentType() {
        return "application/x-lines; version=1";
    }

    @Override
    public ExpositionWriter newWriter(int capacity) {
        return new Writer();
    }

    private static final class Writer implements ExpositionWriter {

        private final StringBuilder text = new StringBuilder();
        private String name = "";

        @Override
        public void beginFamily(Family family) {
            name = family.type().text() + ' ' + family.name();
        }

        @Override
        public void writeSeries(CanonicalLabels labels, SeriesSnapshot series) {
            double value = switch (series) {
                case SeriesSnapshot.Value one -> one.value();
                case SeriesSnapshot.Buckets buckets -> buckets.sum();
                case SeriesSnapshot.QuantileValues quantiles -> quantiles.sum();
            };
            text.append(name)
                    .append(labels.findLabels().orElseThrow())
                    .append(' ')
                    .append(value)
                    .append(" since ")
                    .append(series.created())
                    .append('\n');
        }

        @Override
        public void end() {
            text.append("end\n");
        }

        @Override
        public int size() {
            return text.length();
        }

        @Override
        public byte[] take() {
            byte[] taken = text.toString().getBytes(StandardCharsets.UTF_8);
            text.setLength(0);
            return taken;
        }
    }
}
