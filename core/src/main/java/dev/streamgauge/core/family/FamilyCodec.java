package dev.streamgauge.core.family;

import dev.streamgauge.core.distribution.BucketLayout;
import dev.streamgauge.core.distribution.Quantiles;
import dev.streamgauge.core.sample.TextRules;
import dev.streamgauge.core.snapshot.MetricType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Encodes and decodes a {@link Family}, without its name, as stored in Redis.
 *
 * <pre>
 * u8   type's letter ({@link MetricType#code}), which is also the format's version
 * u16  length, then help in UTF-8
 * u16  length, then unit in UTF-8
 * u16  count, then bounds as f64     (histogram only)
 * u16  count, then quantiles as f64  (summary only)
 * </pre>
 *
 * <p>Numbers are big-endian. Two rows are equal as bytes exactly if the families are equal.
 */
public final class FamilyCodec {

    private FamilyCodec() {}

    /** The row of that family. */
    public static byte[] encode(Family family) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(family.type().code());
            writeText(out, family.help());
            writeText(out, family.unit());
            if (family.type() == MetricType.HISTOGRAM) {
                out.writeShort(family.layout().boundCount());
                for (int i = 0; i < family.layout().boundCount(); i++) {
                    out.writeDouble(family.layout().bound(i));
                }
            } else if (family.type() == MetricType.SUMMARY) {
                out.writeShort(family.quantiles().count());
                for (int i = 0; i < family.quantiles().count(); i++) {
                    out.writeDouble(family.quantiles().get(i));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("an array in memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    /**
     * The family of that name and row.
     *
     * @throws IllegalArgumentException if {@link #encode} did not write the row, or the name is not a metric name
     */
    public static Family decode(String name, byte[] row) {
        if (!TextRules.isMetricName(name)) { // copied into a scrape, it could end its line and begin another
            throw new IllegalArgumentException("family row: its name is not a metric name");
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(row))) {
            int code = in.readUnsignedByte();
            MetricType type = MetricType.ofCode(code)
                    .orElseThrow(() -> new IllegalArgumentException("family row: unknown version or type " + code));
            String help = readText(in);
            String unit = readText(in);
            BucketLayout layout = type == MetricType.HISTOGRAM
                    ? BucketLayout.of(readDoubles(in)).orElseThrow(FamilyCodec::malformed)
                    : BucketLayout.DEFAULT;
            Quantiles quantiles = type == MetricType.SUMMARY
                    ? Quantiles.of(readDoubles(in)).orElseThrow(FamilyCodec::malformed)
                    : Quantiles.NONE;
            if (in.available() > 0) {
                throw malformed();
            }
            return new Family(name, type, help, unit, layout, quantiles);
        } catch (IOException e) {
            throw new IllegalArgumentException("family row: cut short", e);
        }
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeShort(utf8.length);
        out.write(utf8);
    }

    private static String readText(DataInputStream in) throws IOException {
        byte[] utf8 = new byte[in.readUnsignedShort()];
        in.readFully(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static double[] readDoubles(DataInputStream in) throws IOException {
        double[] values = new double[in.readUnsignedShort()];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readDouble();
        }
        return values;
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException("family row: malformed");
    }
}
