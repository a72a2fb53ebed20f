package dev.streamgauge.standalone;

import dev.streamgauge.standalone.embedded.StartupException;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.smallrye.config.SmallRyeConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * Where a standalone Streamgauge listens. In mode {@code open}, which trusts every client, it is the loopback interface
 * unless {@code quarkus.http.host} says otherwise; Quarkus' default is all interfaces.
 */
final class ListenAddress {
    private static final String SETTING = "quarkus.http.host";
    private static final String LOOPBACK = "127.0.0.1";
    private static final String ANY = "0.0.0.0";
    private static final String PORT = "quarkus.http.port";
    private static final String DEFAULT_PORT = "8080";

    private ListenAddress() {}

    /**
     * Sets the address before Quarkus reads it.
     *
     * @throws StartupException if its port is in use, so that nothing is started in vain
     */
    static void choose() throws StartupException {
        // Without mappings: another class says which values are wrong.
        SmallRyeConfig config = ConfigUtils.configBuilder().build();
        boolean isOpen = config.getOptionalValue("streamgauge.auth.mode", String.class)
                .filter("open"::equalsIgnoreCase)
                .isPresent();
        if (isOpen && config.getOptionalValue(SETTING, String.class).isEmpty()) {
            System.setProperty(SETTING, LOOPBACK);
        }
        checkFree(
                config.getOptionalValue(SETTING, String.class).orElse(ANY),
                config.getOptionalValue(PORT, String.class).orElse(DEFAULT_PORT));
    }

    private static void checkFree(String host, String port) throws StartupException {
        if (isInUse(host, port)) {
            throw new StartupException(
                    "port " + port + " of " + host + " is in use; set another one with QUARKUS_HTTP_PORT");
        }
    }

    /** False also for what is no address or port: Quarkus says so. */
    private static boolean isInUse(String host, String port) {
        if (!port.matches("[1-9]\\d{0,4}")) {
            return false;
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true); // as the server does, which may follow another one at once
            socket.bind(new InetSocketAddress(host, Integer.parseInt(port)));
            return false;
        } catch (BindException e) {
            return String.valueOf(e.getMessage()).contains("in use");
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }
}
