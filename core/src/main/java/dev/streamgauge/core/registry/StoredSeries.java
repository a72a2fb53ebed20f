package dev.streamgauge.core.registry;

import dev.streamgauge.core.aggregation.AggregationKind;
import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.snapshot.SeriesSnapshot;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * The value of a series as the fold script stores it: a header, then the packed form of its kind's {@link SeriesDelta}.
 *
 * <pre>
 * u8   letter of the kind and of its layout, one of {@link AggregationKind#storedCodes};
 *      or 'r' alone: registered at admission, nothing folded yet
 * f64  created, Unix ms: the first fold
 * u32  last fold, Unix s
 * …    the kind's packed form
 * </pre>
 *
 * @param created when the series was first folded
 * @param updatedSeconds when it was last folded, Unix time
 * @param total everything folded so far
 */
public record StoredSeries(Instant created, long updatedSeconds, SeriesDelta total) {

    /** The value of a series that was admitted, so that it counts against the limit, but not yet folded. */
    public static final byte REGISTERED = 'r';

    /** Bytes before the kind's packed form. */
    public static final int HEADER_LENGTH = 1 + Double.BYTES + Integer.BYTES;

    /**
     * Reads the value of a series of that family; empty if nothing was folded yet.
     *
     * @throws IllegalArgumentException if the value is of another kind, of an unknown version, or malformed
     */
    public static Optional<StoredSeries> decode(Family family, byte[] value) {
        if (value.length == 1 && value[0] == REGISTERED) {
            return Optional.empty();
        }
        AggregationKind kind = family.aggregation().kind();
        try {
            ByteBuffer in = ByteBuffer.wrap(value);
            int code = in.get();
            if (kind.storedCodes().indexOf(code) < 0) {
                throw new IllegalArgumentException("series value: letter " + code + " in a " + kind.name());
            }
            Instant created = Instant.ofEpochMilli((long) in.getDouble());
            long updatedSeconds = Integer.toUnsignedLong(in.getInt());
            SeriesDelta total = family.aggregation().unpack(code, in);
            if (in.hasRemaining()) {
                throw new IllegalArgumentException("series value: bytes after its end");
            }
            return Optional.of(new StoredSeries(created, updatedSeconds, total));
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("series value: cut short", e);
        }
    }

    /**
     * What a scrape shows.
     *
     * @param nowMillis Unix time at which windows end
     */
    public SeriesSnapshot snapshot(long nowMillis) {
        return total.snapshot(created, nowMillis);
    }

    /** As {@link #snapshot}, but whatever only grows is at 0: what a scrape shows of a series that is new. */
    public SeriesSnapshot snapshotAtZero(long nowMillis) {
        return total.snapshotAtZero(created, nowMillis);
    }
}
