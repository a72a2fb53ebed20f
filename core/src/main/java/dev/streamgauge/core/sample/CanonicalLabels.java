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
 * ({@code method="GET",status="200"}); no labels are the empty text.
 *
 * <p>Two label sets have the same text exactly if they are equal: a name contains no {@code =}, and a value's quotes are
 * escaped. So the text is the identity of a series within its family, the field of the family's hash in Redis, and what
 * a scrape copies out; it is computed once, when a sample is pushed.
 */
public final class CanonicalLabels implements Comparable<CanonicalLabels> {

    /** The series without labels. */
    public static final CanonicalLabels NONE = new CanonicalLabels(new byte[0]);

    private final byte[] utf8;
    private final int hash;

    private CanonicalLabels(byte[] utf8) {
        this.utf8 = utf8;
        this.hash = Arrays.hashCode(utf8);
    }

    /** The text of these labels; an empty value is no label. Names must be valid, values well-formed UTF-16. */
    public static CanonicalLabels of(SortedMap<String, String> labels) {
        StringBuilder text = new StringBuilder(labels.size() * 24);
        labels.forEach((name, value) -> {
            if (!value.isEmpty()) {
                append(text, name, value);
            }
        });
        return ofText(text);
    }

    /** The canonical text that {@link #append} built. */
    static CanonicalLabels ofText(StringBuilder text) {
        return text.isEmpty() ? NONE : new CanonicalLabels(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Takes over an array that holds a canonical text; it must not change afterwards. */
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

    /** The labels, by name, which are not looked at; empty if the text is not canonical, which none of ours is. */
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
            position = end + 2; // a comma, or the end; what else there is shows in the comparison
        }
        return of(labels).equals(this) ? Optional.of(labels) : Optional.empty();
    }

    /** Reads a value up to its quote; the place of that, or -1 if there is none. */
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
     * Whether bytes are a canonical text: what a scrape may copy out as it is. A foreign hand's text could end its line
     * and begin another.
     *
     * @param ownLabel a name that no label may have, or empty
     */
    public static boolean isCanonical(byte[] utf8, String ownLabel) {
        return new Scan(utf8, ownLabel).isCanonical();
    }

    /** Reads a text from its beginning to its end, once. */
    private static final class Scan {

        private final byte[] utf8;
        private final String ownLabel;
        private int position;
        private boolean ascii = true;

        /** Where the name before this one stands. */
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

        /** Passes over a name with its equals sign and quote; false if it is none, ours, or not above the one before. */
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

        /** Passes over a value with its last quote; false if it is empty, without end, or has what must be escaped. */
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

        /** A control character in UTF-8, or the text's end. */
        private boolean isControl(int character) {
            boolean isC1 = character == 0xc2 && position < utf8.length && (utf8[position] & 0xff) < 0xa0;
            return character < ' ' || character == 0x7f || isC1;
        }

        /** Passes over what stands for itself in ASCII, and the character after it. */
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

    /** The text itself, not a copy: read only. */
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
        return other instanceof CanonicalLabels text && hash == text.hash && Arrays.equals(utf8, text.utf8);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
