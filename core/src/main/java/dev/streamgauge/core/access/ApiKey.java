package dev.streamgauge.core.access;

import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key as a client sends it: {@code sgk_<id, 16 hex digits>_<secret, 64 hex digits>}, in lower case. The prefix lets
 * secret scanners find a leaked key in source code.
 *
 * <p>Only the {@link #hash} of a key is stored.
 */
public final class ApiKey {

    private static final String PREFIX = "sgk_";
    private static final Pattern FORM = Pattern.compile(PREFIX + "([0-9a-f]{16})_[0-9a-f]{64}");
    private static final int ID_BYTES = 8;
    private static final int SECRET_BYTES = 32;

    private final KeyId id;
    private final String text;

    private ApiKey(KeyId id, String text) {
        this.id = id;
        this.text = text;
    }

    /** The key of that text, or empty if the text is no key. */
    public static Optional<ApiKey> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches() ? Optional.of(new ApiKey(new KeyId(matcher.group(1)), text)) : Optional.empty();
    }

    /**
     * A new key.
     *
     * @param random must not be predictable, such as a {@link java.security.SecureRandom}
     */
    public static ApiKey generate(RandomGenerator random) {
        KeyId id = new KeyId(hex(random, ID_BYTES));
        return new ApiKey(id, PREFIX + id + "_" + hex(random, SECRET_BYTES));
    }

    private static String hex(RandomGenerator random, int bytes) {
        byte[] drawn = new byte[bytes];
        random.nextBytes(drawn);
        return HexFormat.of().formatHex(drawn);
    }

    /** Identifies the key; not a secret. */
    public KeyId id() {
        return id;
    }

    /** The whole key: a secret. */
    public String text() {
        return text;
    }

    /** What is stored of the key. */
    public KeyHash hash() {
        return KeyHash.of(text);
    }

    /** Shows the id alone, so that no log shows the secret. */
    @Override
    public String toString() {
        return PREFIX + id;
    }
}
