package dev.streamgauge.server.requests;

import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.StreamgaugeConfig.AuthMode;
import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.server.problems.RequestError;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Keeps web pages away from a process in mode {@code open}, which any client that reaches the port may use: a browser on
 * the same machine or network reaches it too, and runs the scripts of any page.
 *
 * <p>A page of another site cannot push or delete, since browsers mark such requests with {@code Sec-Fetch-Site}. And a
 * page cannot read through a name of its own that leads to a loopback address (DNS rebinding), since a process that
 * listens on such an address serves only known hosts.
 */
@ApplicationScoped
public class OpenModeGuard {

    private static final String SITE_HEADER = "Sec-Fetch-Site";
    private static final String CROSS_SITE = "cross-site";
    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");

    private final boolean isOpen;
    private final boolean isLoopback;
    private final Set<String> hosts = new HashSet<>(LOOPBACK);

    @Inject
    OpenModeGuard(StreamgaugeConfig config, @ConfigProperty(name = "quarkus.http.host") String address) {
        this.isOpen = config.auth().mode() == AuthMode.OPEN;
        this.isLoopback = isLoopback(address);
        config.allowedHosts()
                .ifPresent(names -> names.forEach(name -> hosts.add(name.strip().toLowerCase(Locale.ROOT))));
    }

    private static boolean isLoopback(String address) {
        if (address.equalsIgnoreCase("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(address).isLoopbackAddress();
        } catch (IllegalArgumentException name) {
            return false;
        }
    }

    private boolean isKnown(HttpServerRequest request) {
        for (String name : HostName.namesOf(request)) {
            if (!hosts.contains(name)) {
                return false;
            }
        }
        return true;
    }

    /** Why a request is rejected; empty if it is not. */
    Optional<Problem> flawOf(HttpServerRequest request) {
        if (!isOpen) {
            return Optional.empty();
        }
        if (isLoopback && !isKnown(request)) {
            return Optional.of(Problem.of(
                    403,
                    RequestError.HOST_NOT_ALLOWED,
                    "Host: not served here; use localhost, or add the name to streamgauge.allowed-hosts"));
        }
        if (CROSS_SITE.equalsIgnoreCase(request.getHeader(SITE_HEADER)) && !SAFE.contains(request.method())) {
            return Optional.of(Problem.of(
                    403,
                    RequestError.CROSS_SITE,
                    "Sec-Fetch-Site: a web page of another site may only read in mode open; use API keys"));
        }
        return Optional.empty();
    }
}
