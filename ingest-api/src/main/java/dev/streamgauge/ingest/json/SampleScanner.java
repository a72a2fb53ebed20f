package dev.streamgauge.ingest.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Scans the text of one sample after the other, and separates its numbers from the rest, without parsing the rest.
 *
 * <p>It knows just enough JSON to find the ends of values, and gives up on what frequent senders do not write: an
 * escaped character, an object within labels, counts. Whether the rest is valid JSON is checked once, when its template
 * is cached, and is then true for every equal text. The numbers are cut out, and checked here, to the letter of RFC
 * 8259. Not thread-safe.
 */
final class SampleScanner {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** A byte of 1, and one of 0x80, in each of the places of a long. */
    private static final long ONES = 0x0101010101010101L;

    private static final long HIGH_BITS = 0x8080808080808080L;

    /** From MurmurHash's finalizer, by Appleby. */
    private static final long MIX = 0xff51afd7ed558ccdL;

    private static final int NOWHERE = -1;

    /** No measured value is written with more characters. */
    private static final int MAX_NUMBER_LENGTH = 64;

    /** The fields with measured numbers, and all others. */
    private enum Field {
        VALUE("value"),
        VALUES("values"),
        TIMESTAMP("timestamp"),
        COUNTS("counts"),
        SUM("sum"),
        OTHER("");

        private final String name;

        Field(String name) {
            this.name = name;
        }
    }

    /** The labels of the envelope. They precede every text, because they are part of its meaning. */
    private final byte[] common;

    private final long commonHash;
    private final byte[] body;
    private final int maxValues;
    private int limit;

    /** The parts of the text, as pairs of start and end; at most two numbers or lists are cut out. */
    private final int[] parts = new int[6];

    private int partEnds;
    private long hash;
    private double[] values = new double[1];
    private int valueCount;
    private double timestamp;
    private boolean hasTimestamp;

    /** The number read last. */
    private double number;

    /**
     * A scanner of a body.
     *
     * @param common the labels of the envelope as sent; may be empty
     * @param maxValues maximum number of values of one sample
     */
    SampleScanner(byte[] body, byte[] common, int maxValues) {
        this.body = body;
        this.common = common;
        this.commonHash = hash(common.length, common, 0, common.length);
        this.maxValues = maxValues;
        this.limit = body.length;
    }

    /** Sets the end of what is read next. */
    void limit(int end) {
        limit = end;
    }

    /** The place after the sample that begins there, or -1 if the sample is not plain. */
    int read(int start) {
        partEnds = 0;
        valueCount = 0;
        hasTimestamp = false;
        if (at(start) != '{') {
            return NOWHERE;
        }
        int from = start;
        int place = skipBlank(start + 1);
        while (true) {
            int key = place + 1;
            int keyEnd = at(place) == '"' ? textEnd(key) : NOWHERE;
            int colon = keyEnd < 0 ? NOWHERE : skipBlank(keyEnd + 1);
            if (at(colon) != ':') {
                return NOWHERE;
            }
            int value = skipBlank(colon + 1);
            switch (fieldAt(key, keyEnd)) {
                case VALUE -> {
                    place = valueCount == 0 ? readNumber(value) : NOWHERE;
                    addValue();
                    from = cut(from, value, place);
                }
                case VALUES -> {
                    place = valueCount == 0 && at(value) == '[' ? readNumbers(value + 1) : NOWHERE;
                    from = cut(from, value + 1, place);
                    place++;
                }
                case TIMESTAMP -> {
                    place = hasTimestamp ? NOWHERE : readNumber(value);
                    hasTimestamp = true;
                    timestamp = number;
                    from = cut(from, value, place);
                }
                case COUNTS, SUM -> place = NOWHERE;
                case OTHER -> place = skipValue(value);
            }
            if (place <= 0) {
                return NOWHERE;
            }
            place = skipBlank(place);
            if (at(place) == '}') {
                cut(from, place + 1, place + 1);
                computeHash();
                return valueCount == 0 ? NOWHERE : place + 1;
            }
            if (at(place) != ',') {
                return NOWHERE;
            }
            place = skipBlank(place + 1);
        }
    }

    /**
     * The field of that name. Decided by the name alone, so that a measured number never becomes a part of the text.
     */
    private Field fieldAt(int from, int to) {
        Field field = switch (to - from) {
            case 3 -> Field.SUM;
            case 5 -> Field.VALUE;
            case 6 -> body[from] == 'v' ? Field.VALUES : Field.COUNTS;
            case 9 -> Field.TIMESTAMP;
            default -> Field.OTHER;
        };
        String name = field.name;
        boolean isIt = true;
        for (int i = 0; i < name.length(); i++) {
            isIt &= body[from + i] == name.charAt(i);
        }
        return isIt ? field : Field.OTHER;
    }

    /** Ends a part of the text, and returns where the next one begins. */
    private int cut(int from, int to, int next) {
        parts[partEnds] = from;
        parts[partEnds + 1] = to;
        partEnds += 2;
        return next;
    }

    private void addValue() {
        if (valueCount == values.length) {
            values = Arrays.copyOf(values, valueCount * 2);
        }
        values[valueCount++] = number;
    }

    /** Number of numbers in {@code value} or {@code values}. */
    int valueCount() {
        return valueCount;
    }

    /** The numbers of {@code value} or {@code values}, at least one; a copy. */
    double[] values() {
        return Arrays.copyOf(values, valueCount);
    }

    boolean hasTimestamp() {
        return hasTimestamp;
    }

    /** The number of {@code timestamp}, if there is one. */
    double timestamp() {
        return timestamp;
    }

    /** A hash of the text; senders can make it collide. */
    long hash() {
        return hash;
    }

    /** Length of the text in bytes. */
    int length() {
        int length = common.length;
        for (int i = 0; i < partEnds; i += 2) {
            length += parts[i + 1] - parts[i];
        }
        return length;
    }

    /** A copy of the text. */
    byte[] copy() {
        byte[] copy = Arrays.copyOf(common, length());
        int size = common.length;
        for (int i = 0; i < partEnds; i += 2) {
            int length = parts[i + 1] - parts[i];
            System.arraycopy(body, parts[i], copy, size, length);
            size += length;
        }
        return copy;
    }

    /** Whether the text is that of the template. */
    boolean isTextOf(SampleTemplate template) {
        byte[] text = template.text();
        int place = common.length;
        if (text.length != length() || !Arrays.equals(text, 0, place, common, 0, place)) {
            return false;
        }
        for (int i = 0; i < partEnds; i += 2) {
            int end = place + parts[i + 1] - parts[i];
            if (!Arrays.equals(text, place, end, body, parts[i], parts[i + 1])) {
                return false;
            }
            place = end;
        }
        return true;
    }

    private void computeHash() {
        long mixed = commonHash;
        for (int i = 0; i < partEnds; i += 2) {
            mixed = hash(mixed, body, parts[i], parts[i + 1]);
        }
        hash = mixed;
    }

    private static long hash(long seed, byte[] bytes, int from, int to) {
        long mixed = seed;
        int place = from;
        for (; place + Long.BYTES <= to; place += Long.BYTES) {
            mixed = mix(mixed ^ (long) LONG.get(bytes, place));
        }
        long rest = (long) to - from;
        for (; place < to; place++) {
            rest = rest << Byte.SIZE | Byte.toUnsignedLong(bytes[place]);
        }
        return mix(mixed ^ rest);
    }

    private static long mix(long value) {
        long product = value * MIX;
        return product ^ product >>> Integer.SIZE;
    }

    /** The byte at that place; negative beyond the end, and for a byte of a character outside of ASCII. */
    private int at(int place) {
        return place >= 0 && place < limit ? body[place] : NOWHERE;
    }

    int skipBlank(int from) {
        int place = from;
        while (place < limit && body[place] <= ' ' && isBlank(body[place])) {
            place++;
        }
        return place;
    }

    private static boolean isBlank(byte character) {
        return character == ' ' || character == '\n' || character == '\r' || character == '\t';
    }

    /** The place of the quote that ends a text, or -1 if it has an escape or no end. */
    int textEnd(int from) {
        int start = from;
        while (start <= limit - Long.BYTES) {
            long word = (long) LONG.get(body, start);
            long found = zeros(word ^ '"' * ONES) | zeros(word ^ '\\' * ONES);
            if (found != 0) {
                int place = start + Long.numberOfTrailingZeros(found) / Byte.SIZE;
                return body[place] == '"' ? place : NOWHERE;
            }
            start += Long.BYTES;
        }
        for (int place = start; place < limit; place++) {
            byte character = body[place];
            if (character == '"') {
                return place;
            }
            if (character == '\\') {
                return NOWHERE;
            }
        }
        return NOWHERE;
    }

    /** The high bit of each byte that is 0, exact up to the first (Warren, Hacker's Delight, section 6-1). */
    private static long zeros(long word) {
        return word - ONES & ~word & HIGH_BITS;
    }

    /** The place after a text, a flat object or a flat array, or -1. */
    int skipValue(int from) {
        return switch (at(from)) {
            case '"' -> {
                int end = textEnd(from + 1);
                yield end < 0 ? NOWHERE : end + 1;
            }
            case '{' -> skipFlat(from + 1, '}');
            case '[' -> skipFlat(from + 1, ']');
            default -> NOWHERE;
        };
    }

    private int skipFlat(int from, char end) {
        int place = from;
        while (place < limit) {
            byte character = body[place];
            if (character == end) {
                return place + 1;
            }
            if (character == '"') {
                place = textEnd(place + 1);
                if (place < 0) {
                    return NOWHERE;
                }
            } else if (character == '{' || character == '[' || character == '}' || character == ']') {
                return NOWHERE;
            }
            place++;
        }
        return NOWHERE;
    }

    /** Reads numbers up to the closing bracket of their list; returns its place, or -1. */
    private int readNumbers(int from) {
        int place = skipBlank(from);
        while (true) {
            place = readNumber(place);
            if (place < 0 || valueCount == maxValues) {
                return NOWHERE;
            }
            addValue();
            place = skipBlank(place);
            if (at(place) == ']') {
                return place;
            }
            if (at(place) != ',') {
                return NOWHERE;
            }
            place = skipBlank(place + 1);
        }
    }

    /** Reads a number; returns the place after it, or -1 if there is none. */
    private int readNumber(int from) {
        int first = at(from) == '-' ? from + 1 : from;
        int place = skipDigits(first);
        if (place == first || (at(first) == '0' && place > first + 1)) {
            return NOWHERE;
        }
        int decimals = 0;
        if (at(place) == '.') {
            int end = skipDigits(place + 1);
            decimals = end - place - 1;
            if (decimals == 0) {
                return NOWHERE;
            }
            place = end;
        }
        boolean hasExponent = at(place) == 'e' || at(place) == 'E';
        if (hasExponent) {
            place = skipExponent(place + 1);
        }
        if (place < 0 || place - from > MAX_NUMBER_LENGTH) {
            return NOWHERE;
        }
        number = hasExponent ? Decimals.parse(body, from, place) : Decimals.parsePlain(body, from, place, decimals);
        return place;
    }

    private int skipDigits(int from) {
        int place = from;
        while (at(place) >= '0' && at(place) <= '9') {
            place++;
        }
        return place;
    }

    private int skipExponent(int from) {
        int first = at(from) == '-' || at(from) == '+' ? from + 1 : from;
        int end = skipDigits(first);
        return end == first ? NOWHERE : end;
    }
}
