package dev.streamgauge.server.requests;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The host that a request names: {@code name:port}, {@code 127.0.0.1:port} or {@code [::1]:port}, each with or without
 * the port.
 */
final class HostName {

    private static final int MAX_PORT = 65_535;
    private static final int PORT_DIGITS = 5;

    private HostName() {}

    /** What is wrong with the host of a request; empty if nothing is. Only HTTP/1.0 may leave it out. */
    static Optional<String> flawOf(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            return request.authority() == null ? Optional.of(":authority: missing or malformed") : Optional.empty();
        }
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        if (hosts.size() > 1) {
            return Optional.of("Host: given " + hosts.size() + " times; give it once");
        }
        if (hosts.isEmpty()) {
            return request.version() == HttpVersion.HTTP_1_0
                    ? Optional.empty()
                    : Optional.of("Host: missing; HTTP/1.1 needs it");
        }
        return isHost(hosts.getFirst())
                ? Optional.empty()
                : Optional.of("Host: malformed; give a name or an address, and a port if need be, such as"
                        + " localhost:8080");
    }

    /** The names that a valid request gives its host, in lower case and without a port; empty if it names none. */
    static List<String> namesOf(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            @Nullable HostAndPort authority = request.authority();
            return authority == null ? List.of() : List.of(withoutPort(authority.toString()));
        }
        @Nullable String host = request.getHeader(HttpHeaders.HOST);
        return host == null ? List.of() : List.of(withoutPort(host));
    }

    static boolean isHost(String text) {
        int end = nameEnd(text);
        return end > 0 && isPort(text, end);
    }

    /** Where the name ends: at the colon of the port, or at the end; -1 if the name is malformed. */
    private static int nameEnd(String text) {
        if (text.startsWith("[")) {
            int close = text.indexOf(']');
            return close > 1 && isEach(text, 1, close, HostName::isOfAddress) ? close + 1 : -1;
        }
        int colon = text.indexOf(':');
        int end = colon < 0 ? text.length() : colon;
        return isEach(text, 0, end, HostName::isOfName) ? end : -1;
    }

    private interface Check {
        boolean allows(char c);
    }

    private static boolean isEach(String text, int begin, int end, Check check) {
        for (int i = begin; i < end; i++) {
            if (!check.allows(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOfAddress(char c) {
        return c < 128 && (Character.digit(c, 16) >= 0 || c == ':' || c == '.');
    }

    private static boolean isOfName(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '-' || c == '.' || c == '_';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Nothing, or a colon and a number, which may be left out. */
    private static boolean isPort(String text, int begin) {
        int digits = text.length() - begin - 1;
        return digits < 0
                || (text.charAt(begin) == ':'
                        && digits <= PORT_DIGITS
                        && isEach(text, begin + 1, text.length(), HostName::isDigit)
                        && (digits == 0 || Integer.parseInt(text.substring(begin + 1)) <= MAX_PORT));
    }

    private static String withoutPort(String host) {
        int end = nameEnd(host);
        return (end < 0 ? host : host.substring(0, end)).toLowerCase(Locale.ROOT);
    }
}
