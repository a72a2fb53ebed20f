package dev.streamgauge.core.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * SHA-256 of a key's whole text. A key has 256 random bits, so it cannot be found from its hash: neither a salt nor a
 * slow hash is needed.
 */
public final class KeyHash {

    /** Matches no key. An unknown key is compared with it, so that the comparison takes as long as for a known key. */
    public static final KeyHash NONE = new KeyHash(new byte[32]);

    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    private final byte[] sha256;

    private KeyHash(byte[] sha256) {
        this.sha256 = sha256;
    }

    /** The hash of a text. */
    public static KeyHash of(String text) {
        try {
            return new KeyHash(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Parses 64 hexadecimal digits in lower case; empty if the text is anything else. */
    public static Optional<KeyHash> parse(String hex) {
        return HEX.matcher(hex).matches()
                ? Optional.of(new KeyHash(HexFormat.of().parseHex(hex)))
                : Optional.empty();
    }

    /** Whether both are equal, compared in constant time. */
    public boolean matches(KeyHash other) {
        return MessageDigest.isEqual(sha256, other.sha256);
    }

    /** 64 hexadecimal digits in lower case. */
    public String hex() {
        return HexFormat.of().formatHex(sha256);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyHash hash && matches(hash);
    }

    @Override
    public int hashCode() {
        return (sha256[0] & 0xff) << 24 | (sha256[1] & 0xff) << 16 | (sha256[2] & 0xff) << 8 | (sha256[3] & 0xff);
    }

    /** Does not show the hash, so that no log does. */
    @Override
    public String toString() {
        return "KeyHash";
    }
}
