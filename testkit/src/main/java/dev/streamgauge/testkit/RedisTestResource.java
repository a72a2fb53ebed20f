package dev.streamgauge.testkit;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.time.Duration;
import java.util.Map;

/**
 * Gives a {@code @QuarkusTest} a real, empty Redis: {@code @QuarkusTestResource(RedisTestResource.class)}, or
 * {@code @WithTestResource}.
 *
 * <p>One server serves all test classes of a JVM, since starting one costs more than emptying it. A test finds its
 * address under {@code quarkus.redis.hosts}. A test that kills or pauses Redis starts a {@link RedisServer} of its own.
 */
public final class RedisTestResource implements QuarkusTestResourceLifecycleManager {
    /**
     * The port is kept in a system property: a static field exists once per class loader, and Quarkus has several in a
     * JVM. Not under {@code streamgauge.}, since the application does not start with an unknown setting there.
     */
    private static final String PORT_PROPERTY = "dev.streamgauge.testkit.shared-redis-port";

    @Override
    public Map<String, String> start() {
        int port = sharedPort();
        try (RedisClient connection = RedisClient.open(port, Duration.ofSeconds(10))) {
            connection.command("FLUSHALL");
        }
        return Map.of("quarkus.redis.hosts", "redis://127.0.0.1:" + port);
    }

    /** Leaves the server to the next test class; it ends with the JVM. */
    @Override
    public void stop() {}

    private static int sharedPort() {
        // The lock is JVM-wide for the same reason as the property.
        synchronized (System.getProperties()) {
            Integer known = Integer.getInteger(PORT_PROPERTY);
            if (known != null) {
                return known;
            }
            RedisServer server = RedisServer.builder().build().start();
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "close-shared-redis"));
            System.setProperty(PORT_PROPERTY, Integer.toString(server.port()));
            return server.port();
        }
    }
}
