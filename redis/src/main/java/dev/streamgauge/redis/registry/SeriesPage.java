package dev.streamgauge.redis.registry;

import java.util.List;

/**
 * Some series of a family, as stored.
 *
 * @param series in no order; a series may be on two pages if the family changes meanwhile
 * @param cursor where the next page begins, or {@link #END}; opaque
 */
public record SeriesPage(List<Row> series, String cursor) {

    /** The cursor of the first page, and of the page after the last. */
    public static final String END = "0";

    /** No series, and no page after it. */
    public static final SeriesPage NONE = new SeriesPage(List.of(), END);

    /** One series: canonical labels, and its stored value. */
    public record Row(byte[] labels, byte[] value) {

        /** Bytes of both. */
        public long bytes() {
            return (long) labels.length + value.length;
        }
    }

    /** Whether no page follows. */
    public boolean isLast() {
        return cursor.equals(END);
    }
}
