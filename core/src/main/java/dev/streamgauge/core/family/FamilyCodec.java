package dev.streamgauge.core.family;

import dev.streamgauge.core.aggregation.Aggregation;
import dev.streamgauge.core.aggregation.AggregationKind;
import dev.streamgauge.core.aggregation.AggregationKinds;
import dev.streamgauge.core.sample.TextRules;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Encodes and decodes a {@link Family}, without its name, as stored in Redis.
 *
 * <pre>
 * u8   kind's letter ({@link AggregationKind#code}), which is also the format's version
 * u16  length, then help in UTF-8
 * u16  length, then unit in UTF-8
 * …    the kind's parameters
 * </pre>
 *
 * <p>Numbers are big-endian. Two rows are equal as bytes exactly if the families are equal.
 */
public final class FamilyCodec {

    private FamilyCodec() {}

    /** The row of that family. */
    public static byte[] encode(Family family) {
        byte[] help = family.help().getBytes(StandardCharsets.UTF_8);
        byte[] unit = family.unit().getBytes(StandardCharsets.UTF_8);
        byte[] parameters = family.aggregation().packParameters();
        return ByteBuffer.allocate(1 + 2 * Short.BYTES + help.length + unit.length + parameters.length)
                .put((byte) family.aggregation().kind().code())
                .putShort((short) help.length)
                .put(help)
                .putShort((short) unit.length)
                .put(unit)
                .put(parameters)
                .array();
    }

    /**
     * The family of that name and row.
     *
     * @throws IllegalArgumentException if {@link #encode} did not write the row, or the name is not a metric name
     */
    public static Family decode(String name, byte[] row) {
        return decode(name, row, AggregationKinds.ALL);
    }

    /** As {@link #decode(String, byte[])}, of one of these kinds. */
    public static Family decode(String name, byte[] row, AggregationKinds kinds) {
        if (!TextRules.isMetricName(name)) { // copied into a scrape, it could end its line and begin another
            throw new IllegalArgumentException("family row: its name is not a metric name");
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(row);
            int code = Byte.toUnsignedInt(in.get());
            AggregationKind kind = kinds.find(code)
                    .orElseThrow(() -> new IllegalArgumentException("family row: unknown version or type " + code));
            String help = readText(in);
            String unit = readText(in);
            Aggregation aggregation = kind.unpackParameters(in);
            if (in.hasRemaining()) {
                throw new IllegalArgumentException("family row: malformed");
            }
            return new Family(name, help, unit, aggregation);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("family row: cut short", e);
        }
    }

    private static String readText(ByteBuffer in) {
        byte[] utf8 = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
