package dev.streamgauge.standalone.embedded;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The settings of the Redis that a standalone Streamgauge brings along. */
@ConfigMapping(prefix = "streamgauge.embedded-redis")
public interface EmbeddedRedisConfig {
    /** Whether to start one; if not, {@code quarkus.redis.hosts} names the Redis to use. */
    @WithDefault("true")
    boolean enabled();

    /**
     * Another redis-server, 7.0 or newer; without it the bundled one, which has no jemalloc and is slower in scripts.
     */
    Optional<Path> binary();

    /** The loopback port; 0 for a free one at each start. */
    @WithDefault("0")
    int port();

    /**
     * How much it may hold, as redis.conf writes it: a number, then {@code b}, {@code kb}, {@code mb} or {@code gb}.
     */
    @WithDefault("1gb")
    String maxMemory();

    /** How long it may take to write what is left and go, when asked to; then it is killed. */
    @WithDefault("10s")
    Duration stopTimeout();
}
