package dev.streamgauge.core.registry;

import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.aggregation.SummaryDelta;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.snapshot.MetricType;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * The value of a series as the fold script stores it: a header, then the packed form of its kind's {@link SeriesDelta}.
 *
 * <pre>
 * u8   letter of the type and the format's version: {@link MetricType#code}, but 'S' for a summary, whose earlier format
 *      had the letter 's';
 *      or 'r' alone: registered at admission, nothing folded yet
 * f64  created, Unix ms: the first fold
 * u32  last fold, Unix s
 * …    the kind's packed form
 * </pre>
 *
 * @param created when the series was first folded
 * @param updated when it was last folded, in whole seconds
 * @param total everything folded so far
 */
public record StoredSeries(Instant created, Instant updated, SeriesDelta total) {

    /** The value of a series that was admitted, so that it counts against the limit, but not yet folded. */
    public static final byte REGISTERED = 'r';

    /** The letter of a summary; see {@link #lettersOf}. */
    public static final byte SUMMARY = 'S';

    /** The letter of a summary of earlier releases, whose sketches have no range. */
    public static final byte SUMMARY_WITHOUT_RANGES = 's';

    /** Bytes before the kind's packed form. */
    public static final int HEADER_LENGTH = 1 + Double.BYTES + Integer.BYTES;

    /**
     * Reads the value of a series of that family; empty if nothing was folded yet.
     *
     * @throws IllegalArgumentException if the value is of another type, of an unknown version, or malformed
     */
    public static Optional<StoredSeries> decode(Family family, byte[] value) {
        if (value.length == 1 && value[0] == REGISTERED) {
            return Optional.empty();
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(value);
            int code = in.get();
            boolean hasNoRanges = code == SUMMARY_WITHOUT_RANGES && family.type() == MetricType.SUMMARY;
            if (code != letterOf(family.type()) && !hasNoRanges) {
                throw new IllegalArgumentException("series value: letter " + code + " in a "
                        + family.type().text());
            }
            Instant created = Instant.ofEpochMilli((long) in.getDouble());
            Instant updated = Instant.ofEpochSecond(Integer.toUnsignedLong(in.getInt()));
            SeriesDelta total = hasNoRanges
                    ? SummaryDelta.unpackWithoutRanges(in)
                    : SeriesDelta.unpack(family.type(), family.layout(), in);
            if (in.hasRemaining()) {
                throw new IllegalArgumentException("series value: bytes after its end");
            }
            return Optional.of(new StoredSeries(created, updated, total));
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("series value: cut short", e);
        }
    }

    /** The letters that a stored value of that type can have; the first is the one that is written. */
    public static String lettersOf(MetricType type) {
        return type == MetricType.SUMMARY ? "Ss" : String.valueOf(type.code());
    }

    private static int letterOf(MetricType type) {
        return lettersOf(type).charAt(0);
    }
}
