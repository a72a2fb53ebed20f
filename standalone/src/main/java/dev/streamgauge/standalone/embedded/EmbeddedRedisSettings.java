package dev.streamgauge.standalone.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * What an {@link EmbeddedRedis} is started with.
 *
 * @param dataDirectory the folder that holds its files; made when it does not exist
 * @param program the redis-server to run
 * @param port the loopback port, 0 to 65535; 0 for a free one
 * @param maxMemory a size as redis.conf writes it, above 0
 * @param stopTimeout how long it may take to go when asked to, above 0
 */
public record EmbeddedRedisSettings(
        Path dataDirectory, RedisProgram program, int port, String maxMemory, Duration stopTimeout) {
    private static final int MAX_PORT = 65_535;

    /** The units of Redis' own parser. Zero would mean no limit, and with it a kill by the kernel instead of a 503. */
    private static final Pattern SIZE =
            Pattern.compile("[1-9][0-9]{0,14}(b|k|kb|m|mb|g|gb)?", Pattern.CASE_INSENSITIVE);

    /** Checks the values. */
    public EmbeddedRedisSettings {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException(
                    "streamgauge.embedded-redis.port: " + port + " given, 0 to " + MAX_PORT + " possible");
        }
        if (!SIZE.matcher(maxMemory).matches()) {
            throw new IllegalArgumentException("streamgauge.embedded-redis.max-memory: '" + maxMemory
                    + "' given, a size such as 512mb or 1gb expected");
        }
        if (!stopTimeout.isPositive()) {
            throw new IllegalArgumentException(
                    "streamgauge.embedded-redis.stop-timeout: " + stopTimeout + " given, more than 0 expected");
        }
    }
}
