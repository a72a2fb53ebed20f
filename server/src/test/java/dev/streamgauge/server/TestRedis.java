package dev.streamgauge.server;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.testkit.RedisServer;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.redis.client.ProtocolVersion;
import io.vertx.redis.client.RedisOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A Redis server for a test class, emptied before each test, and connections to it.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final TestRedis REDIS = new TestRedis();
 * }</pre>
 */
public final class TestRedis implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

    /** Far longer than any call takes, so that a busy machine fails no test. */
    public static final Duration DEADLINE = Duration.ofSeconds(20);

    /** The keys of the default settings. */
    public static final Keyspace KEYSPACE = new Keyspace(Settings.of().partitions());

    private final List<AutoCloseable> opened = new ArrayList<>();
    private Vertx vertx;
    private RedisServer server;

    @Override
    public void beforeAll(ExtensionContext context) {
        vertx = Vertx.vertx();
        server = RedisServer.builder().build().start();
        // Context propagation fails if its first uses come at once; in the product Quarkus uses it first.
        Uni.createFrom().deferred(() -> Uni.createFrom().voidItem()).await().indefinitely();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        server.command("FLUSHALL");
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        opened.clear();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        vertx.close().toCompletionStage().toCompletableFuture().join();
        server.close();
    }

    public Vertx vertx() {
        return vertx;
    }

    public RedisServer server() {
        return server;
    }

    /** Connections to the server, closed after the test. */
    public RedisConnections connections() {
        return connectionsTo(server.url());
    }

    /** Connections to another address, closed after the test. */
    public RedisConnections connectionsTo(String url) {
        return connectionsTo(url, DEADLINE);
    }

    /** As {@link #connectionsTo(String)}, with a deadline for each call. */
    public RedisConnections connectionsTo(String url, Duration deadline) {
        RedisOptions options =
                new RedisOptions().setConnectionString(url).setPreferredProtocolVersion(ProtocolVersion.RESP2);
        return closedAfterwards(new RedisConnections(vertx, options, deadline));
    }

    /** Closes that after the test. */
    public <T extends AutoCloseable> T closedAfterwards(T resource) {
        opened.add(resource);
        return resource;
    }
}
