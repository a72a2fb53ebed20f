package dev.streamgauge.core.exposition;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.streamgauge.core.aggregation.CounterDelta;
import dev.streamgauge.core.aggregation.GaugeDelta;
import dev.streamgauge.core.aggregation.HistogramDelta;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.aggregation.SummaryDelta;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.snapshot.MetricType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes families in the Prometheus text format 0.0.4: {@code # HELP} if there is one, {@code # TYPE}, then the series;
 * buckets ascending and cumulative, {@code +Inf} equal to {@code _count}; no timestamps. A family without series is
 * left out.
 *
 * <p>Canonical labels are copied as stored, never parsed. The caller takes the written bytes from time to time, so that
 * memory stays bounded. Not thread-safe.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition formats</a>
 */
public final class TextWriter {

    /** The format's media type. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

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

    /** Begins a family; its comment lines are written with its first series. */
    public void beginFamily(Family family) {
        head = Head.of(family);
        headWritten = false;
    }

    /**
     * Writes one series of the family begun.
     *
     * @param labels canonical labels
     * @param total what is shown, of the family's type
     * @param nowMillis Unix time at which a summary's window ends
     */
    public void writeSeries(byte[] labels, SeriesDelta total, long nowMillis) {
        Head current = head;
        if (current == null) {
            throw new IllegalStateException("begin a family first");
        }
        if (!headWritten) {
            write(current.comment);
            headWritten = true;
        }
        switch (total) {
            case CounterDelta counter -> writeSample(current.name, NO_BYTES, labels, NO_BYTES, counter.value());
            case GaugeDelta gauge -> writeSample(current.name, NO_BYTES, labels, NO_BYTES, gauge.value());
            case HistogramDelta histogram -> writeHistogram(current, labels, histogram);
            case SummaryDelta summary -> writeSummary(current, labels, summary, nowMillis);
        }
    }

    private void writeHistogram(Head current, byte[] labels, HistogramDelta histogram) {
        double cumulative = 0;
        for (int i = 0; i < current.extraLabels.length; i++) {
            cumulative += histogram.count(i);
            writeSample(current.name, BUCKET, labels, current.extraLabels[i], cumulative);
        }
        writeSample(current.name, SUM, labels, NO_BYTES, histogram.sum());
        writeSample(current.name, COUNT, labels, NO_BYTES, cumulative);
    }

    private void writeSummary(Head current, byte[] labels, SummaryDelta summary, long nowMillis) {
        double[] values = summary.quantiles(current.family.quantiles(), nowMillis);
        for (int i = 0; i < values.length; i++) {
            writeSample(current.name, NO_BYTES, labels, current.extraLabels[i], values[i]);
        }
        writeSample(current.name, SUM, labels, NO_BYTES, summary.sum());
        writeSample(current.name, COUNT, labels, NO_BYTES, summary.count());
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

    /** Bytes written and not yet taken. */
    public int size() {
        return size;
    }

    /** What was written since the last call. */
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

        private final Family family;
        private final byte[] name;
        private final byte[] comment;

        /** {@code le="…"} of each bucket, or {@code quantile="…"} of each quantile. */
        private final byte[][] extraLabels;

        private Head(Family family, byte[] name, byte[] comment, byte[][] extraLabels) {
            this.family = family;
            this.name = name;
            this.comment = comment;
            this.extraLabels = extraLabels;
        }

        static Head of(Family family) {
            return new Head(
                    family, family.name().getBytes(UTF_8), comment(family).getBytes(UTF_8), extraLabels(family));
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

        private static byte[][] extraLabels(Family family) {
            boolean histogram = family.type() == MetricType.HISTOGRAM;
            byte[][] labels = new byte
                    [histogram
                            ? family.layout().bucketCount()
                            : family.quantiles().count()][];
            for (int i = 0; i < labels.length; i++) {
                String label = histogram
                        ? "le=\"" + NumberText.of(family.layout().bound(i)) + '"'
                        : "quantile=\"" + NumberText.of(family.quantiles().get(i)) + '"';
                labels[i] = label.getBytes(US_ASCII);
            }
            return labels;
        }
    }
}
