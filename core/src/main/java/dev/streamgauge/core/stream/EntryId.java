package dev.streamgauge.core.stream;

/**
 * A position in a partition's stream, as Redis gives it out: ever increasing.
 *
 * @param millis Redis' Unix time in milliseconds at admission, or later if its clock stepped back
 * @param sequence tells apart entries of one millisecond
 */
public record EntryId(long millis, long sequence) implements Comparable<EntryId> {

    /** Precedes every entry. */
    public static final EntryId NONE = new EntryId(0, 0);

    /**
     * The position in Redis' notation, {@code millis-sequence}.
     *
     * @throws NumberFormatException if the text is not an id
     */
    public static EntryId parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 0) {
            throw new NumberFormatException("stream id without a dash");
        }
        return new EntryId(
                Long.parseUnsignedLong(text, 0, dash, 10), Long.parseUnsignedLong(text, dash + 1, text.length(), 10));
    }

    @Override
    public int compareTo(EntryId other) {
        int byMillis = Long.compareUnsigned(millis, other.millis);
        return byMillis == 0 ? Long.compareUnsigned(sequence, other.sequence) : byMillis;
    }

    @Override
    public String toString() {
        return Long.toUnsignedString(millis) + "-" + Long.toUnsignedString(sequence);
    }
}
