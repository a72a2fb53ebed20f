package dev.streamgauge.core.exposition;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.snapshot.SeriesSnapshot;
import dev.streamgauge.core.snapshot.SeriesSnapshot.Buckets;
import dev.streamgauge.core.snapshot.SeriesSnapshot.QuantileValues;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes the Prometheus text format 0.0.4: {@code # HELP} if there is one, {@code # TYPE}, then the series; buckets
 * ascending and cumulative, {@code +Inf} equal to {@code _count}; no timestamps. Canonical labels are copied as they are,
 * never parsed.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition formats</a>
 */
public final class TextWriter implements ExpositionWriter {

    /** The format. */
    public static final ExpositionFormat FORMAT = new Format();

    private static final class Format implements ExpositionFormat {

        @Override
        public String contentType() {
            return "text/plain; version=0.0.4; charset=utf-8";
        }

        @Override
        public ExpositionWriter newWriter(int capacity) {
            return new TextWriter(capacity);
        }
    }

    private static final byte[] NO_BYTES = new byte[0];
    private static final byte[] SUM = "_sum".getBytes(US_ASCII);
    private static final byte[] COUNT = "_count".getBytes(US_ASCII);
    private static final byte[] BUCKET = "_bucket".getBytes(US_ASCII);

    private byte[] buffer;
    private int size;
    private @Nullable Head head;
    private boolean headWritten;

    /**
     * An empty writer.
     *
     * @param capacity bytes to begin with
     */
    public TextWriter(int capacity) {
        buffer = new byte[capacity];
    }

    @Override
    public void beginFamily(Family family) {
        head = Head.of(family);
        headWritten = false;
    }

    @Override
    public void writeSeries(CanonicalLabels labels, SeriesSnapshot series) {
        Head current = head;
        if (current == null) {
            throw new IllegalStateException("begin a family first");
        }
        if (!headWritten) {
            write(current.comment);
            headWritten = true;
        }
        switch (series) {
            case SeriesSnapshot.Value one -> writeSample(current.name, NO_BYTES, labels.bytes(), NO_BYTES, one.value());
            case Buckets buckets -> writeBuckets(current, labels.bytes(), buckets);
            case QuantileValues quantiles -> writeQuantiles(current, labels.bytes(), quantiles);
        }
    }

    private void writeBuckets(Head current, byte[] labels, Buckets buckets) {
        byte[][] bounds = current.bounds(buckets.layout());
        double cumulative = 0;
        for (int i = 0; i < bounds.length; i++) {
            cumulative += buckets.counts()[i];
            writeSample(current.name, BUCKET, labels, bounds[i], cumulative);
        }
        writeSample(current.name, SUM, labels, NO_BYTES, buckets.sum());
        writeSample(current.name, COUNT, labels, NO_BYTES, cumulative);
    }

    private void writeQuantiles(Head current, byte[] labels, QuantileValues series) {
        byte[][] quantiles = current.quantiles(series.quantiles());
        for (int i = 0; i < quantiles.length; i++) {
            writeSample(current.name, NO_BYTES, labels, quantiles[i], series.values()[i]);
        }
        writeSample(current.name, SUM, labels, NO_BYTES, series.sum());
        writeSample(current.name, COUNT, labels, NO_BYTES, series.count());
    }

    private void writeSample(byte[] name, byte[] suffix, byte[] labels, byte[] extraLabel, double value) {
        write(name);
        write(suffix);
        if (labels.length + extraLabel.length > 0) {
            write('{');
            write(labels);
            if (labels.length > 0 && extraLabel.length > 0) {
                write(',');
            }
            write(extraLabel);
            write('}');
        }
        write(' ');
        write(NumberText.bytesOf(value));
        write('\n');
    }

    /** Writes nothing: the format has no end. */
    @Override
    public void end() {}

    @Override
    public int size() {
        return size;
    }

    @Override
    public byte[] take() {
        byte[] taken = Arrays.copyOf(buffer, size);
        size = 0;
        return taken;
    }

    private void write(byte[] bytes) {
        ensure(bytes.length);
        System.arraycopy(bytes, 0, buffer, size, bytes.length);
        size += bytes.length;
    }

    private void write(char ascii) {
        ensure(1);
        buffer[size++] = (byte) ascii;
    }

    private void ensure(int more) {
        if (size + more > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
        }
    }

    /** What all series of a family share, rendered once. */
    private static final class Head {

        private final byte[] name;
        private final byte[] comment;

        /** {@code le="…"} of each bucket of the layout. */
        private byte[][] bounds = {};

        private @Nullable BucketLayout layout;

        /** {@code quantile="…"} of each of the quantiles. */
        private byte[][] quantiles = {};

        private Quantiles ofQuantiles = Quantiles.NONE;

        private Head(byte[] name, byte[] comment) {
            this.name = name;
            this.comment = comment;
        }

        static Head of(Family family) {
            return new Head(family.name().getBytes(UTF_8), comment(family).getBytes(UTF_8));
        }

        private static String comment(Family family) {
            StringBuilder text = new StringBuilder();
            if (!family.help().isEmpty()) {
                String escaped = family.help().replace("\\", "\\\\").replace("\n", "\\n");
                text.append("# HELP ").append(family.name()).append(' ').append(escaped);
                text.append('\n');
            }
            text.append("# TYPE ").append(family.name()).append(' ');
            return text.append(family.type().text()).append('\n').toString();
        }

        /** All series of a family have the same layout, mostly the same object. */
        private byte[][] bounds(BucketLayout ofSeries) {
            if (layout == null || !layout.equals(ofSeries)) {
                byte[][] labels = new byte[ofSeries.bucketCount()][];
                for (int i = 0; i < labels.length; i++) {
                    labels[i] = label("le", ofSeries.bound(i));
                }
                bounds = labels;
                layout = ofSeries;
            }
            return bounds;
        }

        private byte[][] quantiles(Quantiles ofSeries) {
            if (!ofSeries.equals(ofQuantiles)) {
                byte[][] labels = new byte[ofSeries.count()][];
                for (int i = 0; i < labels.length; i++) {
                    labels[i] = label("quantile", ofSeries.get(i));
                }
                quantiles = labels;
                ofQuantiles = ofSeries;
            }
            return quantiles;
        }

        private static byte[] label(String name, double value) {
            return (name + "=\"" + NumberText.of(value) + '"').getBytes(US_ASCII);
        }
    }
}
