package dev.streamgauge.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Redis users of the file for operators, {@code deploy/redis/streamgauge.acl}, with passwords for tests. Every
 * {@link RedisServer} has them besides its default user, which may do everything without a password.
 */
public final class RedisUsers {
    private static final String FILE = "streamgauge.acl";
    private static final Pattern PLACEHOLDER = Pattern.compile("SHA256_OF_([A-Z]+)_PASSWORD");

    private RedisUsers() {}

    /** Returns the file as it is shipped, which Redis does not load. */
    public static String template() {
        try (InputStream in = RedisUsers.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + FILE);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the file with the hashes of the tests' passwords. */
    public static String filledIn() {
        return PLACEHOLDER
                .matcher(template())
                .replaceAll(match -> Matcher.quoteReplacement(
                        sha256(passwordFor(match.group(1).toLowerCase(Locale.ROOT)))));
    }

    /** Returns the lines of redis.conf that define the users, without the default one. */
    static List<String> directives() {
        return filledIn()
                .lines()
                .filter(line -> !line.startsWith("user default "))
                .toList();
    }

    /** Returns the password of a user, which contains characters with a meaning in URLs. */
    public static String password(String user) {
        return passwordFor(user.substring(user.indexOf('-') + 1));
    }

    private static String passwordFor(String shortName) {
        return "of " + shortName + ": %41@/#?";
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
