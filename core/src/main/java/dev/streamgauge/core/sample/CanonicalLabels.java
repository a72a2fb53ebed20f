package dev.streamgauge.core.sample;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The labels of a series in canonical exposition form: sorted by name, values escaped, without braces, in UTF-8
 * ({@code method="GET",status="200"}); empty if there are no labels.
 *
 * <p>Two label sets have the same canonical form exactly if they are equal: a name contains no {@code =}, and the
 * quotes in a value are escaped. So the canonical form identifies a series within its family, is its field in the
 * family's hash in Redis, and is copied into scrapes. It is computed once, when a sample is pushed.
 */
public final class CanonicalLabels implements Comparable<CanonicalLabels> {

    /** The series without labels. */
    public static final CanonicalLabels NONE = new CanonicalLabels(new byte[0]);

    private final byte[] utf8;

    /** Computed when it is asked for, since a scrape needs none; 0 before. */
    private int hash;

    private CanonicalLabels(byte[] utf8) {
        this.utf8 = utf8;
    }

    /** The canonical form of these labels, without empty values. Names must be valid, values well-formed UTF-16. */
    public static CanonicalLabels of(SortedMap<String, String> labels) {
        StringBuilder text = new StringBuilder(labels.size() * 24);
        labels.forEach((name, value) -> {
            if (!value.isEmpty()) {
                append(text, name, value);
            }
        });
        return ofText(text);
    }

    /** From a text that {@link #append} built. */
    static CanonicalLabels ofText(StringBuilder text) {
        return text.isEmpty() ? NONE : new CanonicalLabels(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** From canonical labels in UTF-8. Keeps the array, which must not change afterwards. */
    public static CanonicalLabels ofCanonical(byte[] utf8) {
        return utf8.length == 0 ? NONE : new CanonicalLabels(utf8);
    }

    /** Appends one label, with its separator; labels must come sorted by name. */
    static void append(StringBuilder text, String name, String value) {
        if (!text.isEmpty()) {
            text.append(',');
        }
        text.append(name).append("=\"");
        for (int i = 0; i < value.length(); i++) {
            char character = value.charAt(i);
            switch (character) {
                case '\\' -> text.append("\\\\");
                case '"' -> text.append("\\\"");
                case '\n' -> text.append("\\n");
                default -> text.append(character);
            }
        }
        text.append('"');
    }

    /**
     * Parses the labels, by name. Returns empty if they are not canonical, which only happens when something else wrote
     * the key.
     */
    public Optional<SortedMap<String, String>> findLabels() {
        String text = toString();
        SortedMap<String, String> labels = new TreeMap<>();
        int position = 0;
        while (position < text.length()) {
            int equals = text.indexOf("=\"", position);
            if (equals < 0) {
                return Optional.empty();
            }
            StringBuilder value = new StringBuilder();
            int end = readValue(text, equals + 2, value);
            if (end < 0) {
                return Optional.empty();
            }
            labels.put(text.substring(position, equals), value.toString());
            position = end + 2; // after a comma or at the end; the comparison below finds anything else
        }
        return of(labels).equals(this) ? Optional.of(labels) : Optional.empty();
    }

    /** Reads a value up to its closing quote; returns the place of the quote, or -1 if there is none. */
    private static int readValue(String text, int from, StringBuilder value) {
        for (int i = from; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '"') {
                return i;
            }
            if (character == '\\' && ++i < text.length()) {
                character = text.charAt(i) == 'n' ? '\n' : text.charAt(i);
            }
            value.append(character);
        }
        return -1;
    }

    /**
     * Whether bytes are canonical labels, which a scrape may copy as they are. Anything else could end its line and
     * begin another.
     *
     * @param ownLabel a label name that senders cannot use, or empty
     */
    public static boolean isCanonical(byte[] utf8, String ownLabel) {
        return new Scan(utf8, ownLabel).isCanonical();
    }

    /** Checks labels in one pass. */
    private static final class Scan {

        private final byte[] utf8;
        private final String ownLabel;
        private int position;
        private boolean ascii = true;

        /** Where the previous name begins and ends. */
        private int previousStart;

        private int previousEnd;

        Scan(byte[] utf8, String ownLabel) {
            this.utf8 = utf8;
            this.ownLabel = ownLabel;
        }

        boolean isCanonical() {
            if (utf8.length == 0) {
                return true;
            }
            while (readName() && readValue()) {
                if (position == utf8.length) {
                    return ascii || isUtf8();
                }
                if (utf8[position++] != ',') {
                    return false;
                }
            }
            return false;
        }

        /**
         * Skips a name, its equals sign and its quote; false if it is invalid, reserved, or not above the previous one.
         */
        private boolean readName() {
            int start = position;
            while (position < utf8.length && isOfName(utf8[position], position == start)) {
                position++;
            }
            int end = position;
            boolean follows = Arrays.compare(utf8, previousStart, previousEnd, utf8, start, end) < 0;
            boolean reserved = isOwnLabel(start, end);
            previousStart = start;
            previousEnd = end;
            return follows && !reserved && next() == '=' && next() == '"';
        }

        private boolean isOwnLabel(int start, int end) {
            boolean isIt = end - start == ownLabel.length();
            for (int i = start; isIt && i < end; i++) {
                isIt = utf8[i] == ownLabel.charAt(i - start);
            }
            return isIt;
        }

        /** Skips a value and its closing quote; false if it is empty, does not end, or lacks an escape. */
        private boolean readValue() {
            int start = position;
            int character = nextSpecial();
            while (character != '"') {
                boolean escapes = character == '\\';
                int escaped = escapes ? next() : 'n';
                boolean isKnown = escaped == 'n' || escaped == '"' || escaped == '\\';
                if (!isKnown || isControl(character)) {
                    return false;
                }
                ascii &= character < 0x80;
                character = nextSpecial();
            }
            return position > start + 1;
        }

        /** Whether this is a control character in UTF-8, or the end of the text. */
        private boolean isControl(int character) {
            boolean isC1 = character == 0xc2 && position < utf8.length && (utf8[position] & 0xff) < 0xa0;
            return character < ' ' || character == 0x7f || isC1;
        }

        /** Skips ASCII characters that need no escape, and returns the byte after them. */
        private int nextSpecial() {
            while (position < utf8.length && isPlain(utf8[position])) {
                position++;
            }
            return next();
        }

        /** A byte beyond ASCII is negative. */
        private static boolean isPlain(byte c) {
            return c >= ' ' && c != '"' && c != '\\' && c != 0x7f;
        }

        private int next() {
            return position < utf8.length ? utf8[position++] & 0xff : -1;
        }

        private boolean isUtf8() {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
                return true;
            } catch (CharacterCodingException e) {
                return false;
            }
        }

        private static boolean isOfName(byte c, boolean first) {
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
            return letter || (!first && c >= '0' && c <= '9');
        }
    }

    /** The labels in UTF-8; not a copy: read only. */
    public byte[] bytes() {
        return utf8;
    }

    /** Length in bytes. */
    public int length() {
        return utf8.length;
    }

    @Override
    public int compareTo(CanonicalLabels other) {
        return Arrays.compareUnsigned(utf8, other.utf8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CanonicalLabels labels
                && hashCode() == labels.hashCode()
                && Arrays.equals(utf8, labels.utf8);
    }

    @Override
    public int hashCode() {
        int known = hash;
        if (known == 0) {
            known = Arrays.hashCode(utf8);
            hash = known; // another thread computes the same
        }
        return known;
    }

    @Override
    public String toString() {
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
