package dev.streamgauge.server.requests;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Checks the path and the query of a URL. Every text must have one spelling of its path, since guards and counters go by
 * the path; and the query must be text.
 *
 * <p>As in Go's servers, a query may have any visible ASCII character, so that selectors need no encoding of braces and
 * quotes. A {@code #} must be encoded, since everything after it would be ignored.
 */
final class RequestTarget {

    private static final String ENCODE = "; write each byte of its UTF-8 as % and two hex digits, and % itself as %25";

    /** Visible characters that RFC 3986 allows nowhere in a path. */
    private static final String NOT_IN_PATHS = "\"<>\\^`{|}#";

    private static final char FIRST_VISIBLE = '!';
    private static final char LAST_VISIBLE = '~';
    private static final int HEX = 16;
    private static final int FIRST_NON_ASCII = 0x80;
    private static final int SPACE = ' ';
    private static final int DELETE = 0x7f;

    private RequestTarget() {}

    /** What is wrong with a URL as it was sent; empty if nothing is. */
    static Optional<String> flawOf(String uri) {
        int begin = pathBegin(uri);
        if (begin < 0) {
            return Optional.of("URL: the path does not begin with /");
        }
        int query = uri.indexOf('?', begin);
        int end = query < 0 ? uri.length() : query;
        Optional<String> flaw = flawOfPath(uri, begin, end);
        return flaw.isPresent() || query < 0 ? flaw : flawOfQuery(uri, query + 1);
    }

    /** Where the path begins, which is behind the host in the form that proxies get; -1 if there is none. */
    private static int pathBegin(String uri) {
        if (uri.startsWith("/")) {
            return 0;
        }
        int scheme = uri.indexOf("://");
        if (scheme < 0) {
            return -1;
        }
        int path = uri.indexOf('/', scheme + 3);
        return path < 0 ? uri.length() : path;
    }

    private static Optional<String> flawOfPath(String uri, int begin, int end) {
        boolean isAscii = true;
        for (int i = begin; i < end; i++) {
            char c = uri.charAt(i);
            if (c == '/') {
                if (i + 1 < end && uri.charAt(i + 1) == '/') {
                    return Optional.of("URL: the path has // at character " + i + "; write /");
                }
                if (isDotSegment(uri, i + 1, end)) {
                    return Optional.of("URL: the path has . or .. at character " + (i + 1) + "; leave it out");
                }
            } else if (c == '%') {
                int value = hex(uri, i);
                if (value == '.') {
                    return Optional.of("URL: the path has %2e at character " + i + "; write .");
                }
                if (value < SPACE || value == DELETE) {
                    return malformed(uri, i);
                }
                isAscii &= value < FIRST_NON_ASCII;
            } else if (isUnprintable(c) || NOT_IN_PATHS.indexOf(c) >= 0) {
                return malformed(uri, i);
            }
        }
        return isAscii || isUtf8(uri, begin, end) ? Optional.empty() : notUtf8("path");
    }

    private static boolean isDotSegment(String uri, int begin, int end) {
        int next = uri.indexOf('/', begin);
        int length = (next < 0 || next > end ? end : next) - begin;
        return (length == 1 && uri.charAt(begin) == '.') || (length == 2 && uri.startsWith("..", begin));
    }

    private static Optional<String> flawOfQuery(String uri, int begin) {
        boolean isAscii = true;
        for (int i = begin; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c == '%') {
                int value = hex(uri, i);
                if (value < 0) {
                    return malformed(uri, i);
                }
                isAscii &= value < FIRST_NON_ASCII;
            } else if (isUnprintable(c) || c == '#') {
                return malformed(uri, i);
            }
        }
        return isAscii || isUtf8(uri, begin, uri.length()) ? Optional.empty() : notUtf8("query");
    }

    private static boolean isUnprintable(char c) {
        return c < FIRST_VISIBLE || c > LAST_VISIBLE;
    }

    /** The byte that is encoded at a percent sign, or -1 if there are no two hex digits. */
    private static int hex(String uri, int percent) {
        if (percent + 2 >= uri.length()) {
            return -1;
        }
        int high = digit(uri.charAt(percent + 1));
        int low = digit(uri.charAt(percent + 2));
        return high < 0 || low < 0 ? -1 : high * HEX + low;
    }

    /** Only ASCII digits: {@link Character#digit} knows those of other scripts. */
    private static int digit(char c) {
        return c < FIRST_NON_ASCII ? Character.digit(c, HEX) : -1;
    }

    private static boolean isUtf8(String uri, int begin, int end) {
        ByteBuffer bytes = ByteBuffer.allocate(end - begin);
        int i = begin;
        while (i < end) {
            boolean isEncoded = uri.charAt(i) == '%';
            bytes.put((byte) (isEncoded ? hex(uri, i) : uri.charAt(i)));
            i += isEncoded ? 3 : 1;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()); // reports bytes that are not UTF-8
            return true;
        } catch (CharacterCodingException malformed) {
            return false;
        }
    }

    private static Optional<String> malformed(String uri, int place) {
        char c = uri.charAt(place);
        String what = switch (c) {
            case '%' -> "% at character " + place + " is no percent-encoding of a visible character";
            default ->
                isUnprintable(c)
                        ? "character " + place + " is not visible ASCII"
                        : c + " at character " + place + " must be percent-encoded";
        };
        return Optional.of("URL: " + what + ENCODE);
    }

    private static Optional<String> notUtf8(String part) {
        return Optional.of("URL: the percent-encoding of the " + part + " is not UTF-8" + ENCODE);
    }
}
