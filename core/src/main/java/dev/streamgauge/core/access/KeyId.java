package dev.streamgauge.core.access;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The part of a key that identifies it and is not a secret: 16 hexadecimal digits in lower case.
 *
 * @param value the digits
 */
public record KeyId(String value) implements Comparable<KeyId> {

    private static final Pattern RULE = Pattern.compile("[0-9a-f]{16}");

    /**
     * Checks the rule.
     *
     * @throws IllegalArgumentException if the value breaks it
     */
    public KeyId {
        if (!RULE.matcher(value).matches()) {
            throw new IllegalArgumentException("key id: 16 hexadecimal digits in lower case");
        }
    }

    /** The id of that text, or empty if the text breaks the rule. */
    public static Optional<KeyId> parse(String text) {
        return RULE.matcher(text).matches() ? Optional.of(new KeyId(text)) : Optional.empty();
    }

    @Override
    public int compareTo(KeyId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
