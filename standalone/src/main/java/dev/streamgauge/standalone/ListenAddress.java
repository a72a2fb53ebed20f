package dev.streamgauge.standalone;

import io.quarkus.runtime.configuration.ConfigUtils;
import io.smallrye.config.SmallRyeConfig;

/**
 * Where a standalone Streamgauge listens. In mode {@code open}, which trusts every client, it is the loopback interface
 * unless {@code quarkus.http.host} says otherwise; Quarkus' default is all interfaces.
 */
final class ListenAddress {
    private static final String SETTING = "quarkus.http.host";
    private static final String LOOPBACK = "127.0.0.1";

    private ListenAddress() {}

    /** Sets the address before Quarkus reads it. */
    static void choose() {
        // Without mappings: another class says which values are wrong.
        SmallRyeConfig config = ConfigUtils.configBuilder().build();
        boolean isOpen = config.getOptionalValue("streamgauge.auth.mode", String.class)
                .filter("open"::equalsIgnoreCase)
                .isPresent();
        if (isOpen && config.getOptionalValue(SETTING, String.class).isEmpty()) {
            System.setProperty(SETTING, LOOPBACK);
        }
    }
}
