package dev.streamgauge.core.tenant;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The name of a tenant: 1 to 150 characters of {@code A-Z a-z 0-9 ! - _ . * ' ( )}, not {@code .} or {@code ..}.
 *
 * <p>The rule is that of Grafana's dskit (Mimir, Loki). It excludes braces and colons, so an id can stand in a Redis
 * key without changing the key's hash slot or its parts.
 *
 * @param value the id as sent
 */
public record TenantId(String value) implements Comparable<TenantId> {

    /** Longest id, in characters. */
    public static final int MAX_LENGTH = 150;

    /** The tenant of a request that names no tenant, where no key is required. */
    public static final TenantId ANONYMOUS = new TenantId("anonymous");

    private static final String PUNCTUATION = "!-_.*'()";

    /**
     * Checks the rule.
     *
     * @throws IllegalArgumentException if the value breaks it
     */
    public TenantId {
        if (!isValid(value)) {
            throw new IllegalArgumentException(
                    "tenant id: 1 to 150 characters of A-Z a-z 0-9 ! - _ . * ' ( ), not . or ..");
        }
    }

    /** The tenant of that name, or empty if the name breaks the rule. */
    public static Optional<TenantId> parse(String value) {
        return isValid(value) ? Optional.of(new TenantId(value)) : Optional.empty();
    }

    private static boolean isValid(String value) {
        if (value.isEmpty() || value.length() > MAX_LENGTH || value.equals(".") || value.equals("..")) {
            return false;
        }
        for (int i = 0; i < value.length(); i++) {
            if (!isAllowed(value.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isAllowed(char character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || (character >= '0' && character <= '9')
                || PUNCTUATION.indexOf(character) >= 0;
    }

    /** The id in ASCII. */
    public byte[] bytes() {
        return value.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public int compareTo(TenantId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
