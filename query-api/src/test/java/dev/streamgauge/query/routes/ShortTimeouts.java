package dev.streamgauge.query.routes;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.Map;

/**
 * Mode {@code open} with an administrator, few connections and short timeouts. Several tests share it, since each profile
 * costs the build of an application.
 */
public class ShortTimeouts implements QuarkusTestProfile {

    public static final String ADMIN_KEY = "the-key-of-the-administrator";

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "streamgauge.auth.admin-key", ADMIN_KEY,
                "streamgauge.max-connections", "20",
                "streamgauge.header-timeout", "2s",
                "streamgauge.query.stall-timeout", "500ms");
    }
}
