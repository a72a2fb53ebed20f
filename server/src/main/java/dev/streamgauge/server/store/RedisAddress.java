package dev.streamgauge.server.store;

import dev.streamgauge.server.hostnames.HostAlias;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;

/** Checks an address of {@code quarkus.redis.hosts}, which the client would misread instead of rejecting it. */
final class RedisAddress {

    private static final String SETTING = "quarkus.redis.hosts";
    private static final Set<String> SCHEMES = Set.of("redis", "rediss");
    private static final String SOCKET = "unix";
    private static final int LAST_PORT = 65_535;

    private RedisAddress() {}

    /** Throws {@link ConfigurationException}, whose message says what to write instead. */
    static void check(String address) {
        URI uri = parse(HostAlias.inAddress(address));
        String scheme = String.valueOf(uri.getScheme());
        if (scheme.equals(SOCKET)) {
            return;
        }
        if (!SCHEMES.contains(scheme)) {
            throw new ConfigurationException(SETTING + ": " + shown(address)
                    + " does not begin with redis:// or rediss://; write redis://" + shown(address));
        }
        if (uri.getHost() == null || uri.getPort() == 0 || uri.getPort() > LAST_PORT) {
            throw new ConfigurationException(SETTING + ": " + shown(address)
                    + " does not name a host and a port from 1 to " + LAST_PORT
                    + "; write it like redis://localhost:6379");
        }
    }

    private static URI parse(String address) {
        try {
            return new URI(address);
        } catch (URISyntaxException e) {
            throw new ConfigurationException(
                    SETTING + ": " + shown(address) + " is no address; write it like redis://localhost:6379");
        }
    }

    /** Without the user and the password. */
    private static String shown(String address) {
        int at = address.lastIndexOf('@');
        return at < 0 ? address : address.substring(at + 1);
    }
}
