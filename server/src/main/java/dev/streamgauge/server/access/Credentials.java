package dev.streamgauge.server.access;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The credentials of a request: a Bearer token (RFC 6750), or user and password of Basic (RFC 7617).
 *
 * @param secret the token or the password; empty if there are no readable credentials, since no key is empty
 * @param user the user of Basic; empty with Bearer
 */
record Credentials(String secret, Optional<String> user) {

    /** Longest secret that is read, in characters. */
    static final int MAX_SECRET = 256;

    /** Longest header that is read, in characters: room for the longest tenant id and the longest secret in Base64. */
    private static final int MAX_HEADER = 1_024;

    private static final Credentials NONE = new Credentials("", Optional.empty());
    private static final String BEARER = "Bearer";
    private static final String BASIC = "Basic";

    /** The credentials of a request; none if there are several headers, since it is not clear which one counts. */
    static Credentials of(MultiMap headers) {
        List<String> given = headers.getAll(HttpHeaders.AUTHORIZATION);
        if (given.size() != 1 || given.getFirst().length() > MAX_HEADER) {
            return NONE;
        }
        String header = given.getFirst().strip();
        int space = header.indexOf(' ');
        if (space < 0) {
            return NONE;
        }
        String scheme = header.substring(0, space);
        String rest = header.substring(space).strip();
        if (scheme.equalsIgnoreCase(BEARER)) {
            return of(rest, Optional.empty());
        }
        return scheme.equalsIgnoreCase(BASIC) ? basic(rest) : NONE;
    }

    private static Credentials basic(String encoded) {
        Optional<String> decoded = decode(encoded);
        int colon = decoded.orElse("").indexOf(':');
        return colon < 0
                ? NONE
                : of(
                        decoded.get().substring(colon + 1),
                        Optional.of(decoded.get().substring(0, colon)));
    }

    private static Optional<String> decode(String encoded) {
        try {
            byte[] bytes = Base64.getDecoder().decode(encoded);
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder() // reports bytes that are not UTF-8
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (IllegalArgumentException | CharacterCodingException malformed) {
            return Optional.empty();
        }
    }

    private static Credentials of(String secret, Optional<String> user) {
        return secret.length() > MAX_SECRET ? NONE : new Credentials(secret, user);
    }

    /** Leaves the secret out. */
    @Override
    public String toString() {
        return "Credentials[user=" + user + "]";
    }
}
