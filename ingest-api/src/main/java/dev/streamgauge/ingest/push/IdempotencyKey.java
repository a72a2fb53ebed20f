package dev.streamgauge.ingest.push;

import java.util.List;
import java.util.Optional;

/**
 * The header {@code Idempotency-Key}: 1 to 128 visible ASCII characters, quoted or not
 * (draft-ietf-httpapi-idempotency-key-header).
 */
record IdempotencyKey(String value) {

    static final String HEADER = "Idempotency-Key";
    static final int MAX_LENGTH = 128;

    /** What the headers contain: no key, a key, or something invalid. */
    sealed interface Parsed {

        /** The sender gave no key. */
        record Absent() implements Parsed {}

        /** The sender gave this key. */
        record Present(IdempotencyKey key) implements Parsed {}

        /** The sender gave an invalid key, or several. */
        record Invalid() implements Parsed {}
    }

    static Parsed parse(List<String> headers) {
        if (headers.isEmpty()) {
            return new Parsed.Absent();
        }
        return headers.size() > 1
                ? new Parsed.Invalid()
                : parse(headers.getFirst().strip())
                        .<Parsed>map(Parsed.Present::new)
                        .orElseGet(Parsed.Invalid::new);
    }

    private static Optional<IdempotencyKey> parse(String header) {
        boolean quoted = header.length() >= 2 && header.startsWith("\"") && header.endsWith("\"");
        String key = quoted ? header.substring(1, header.length() - 1) : header;
        boolean valid = !key.isEmpty()
                && key.length() <= MAX_LENGTH
                && key.chars().allMatch(character -> character > ' ' && character <= '~' && character != '"');
        return valid ? Optional.of(new IdempotencyKey(key)) : Optional.empty();
    }
}
