package dev.streamgauge.server.connections;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The paths that are answered when there is no room for connections. */
final class HealthPaths {

    private static final List<String> PREFIXES = List.of("/q/health", "/-/healthy", "/-/ready");

    private HealthPaths() {}

    static boolean has(@Nullable String path) {
        return path != null && PREFIXES.stream().anyMatch(path::startsWith);
    }
}
