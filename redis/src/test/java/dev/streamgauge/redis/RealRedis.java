package dev.streamgauge.redis;

import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.redis.client.RedisOptions;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * The Redis of a test: one real server for all tests of this JVM, empty before each of them, and connections to it. A
 * test that kills or pauses a server starts one of its own, and takes its connections from {@link #connectionsTo}.
 *
 * <pre>{@code
 * @RegisterExtension
 * private final RealRedis redis = new RealRedis();
 * }</pre>
 */
public final class RealRedis implements BeforeEachCallback, AfterEachCallback {

    /** Far above what any call takes, so that a busy machine fails no test. */
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Map<String, String> changedSettings = new LinkedHashMap<>();
    private Shared shared;
    private RedisClient client;
    private RedisConnections connections;

    @Override
    public void beforeEach(ExtensionContext context) {
        shared = context.getRoot()
                .getStore(Namespace.create(RealRedis.class))
                .computeIfAbsent(Shared.class, type -> new Shared(), Shared.class);
        client = shared.server.connect();
        opened.add(client);
        command("FLUSHALL");
        connections = connectionsTo(shared.server.url(), DEADLINE);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        changedSettings.forEach((setting, before) -> command("CONFIG", "SET", setting, before));
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    /** Connections to the server, with a deadline that is not reached. */
    public RedisConnections connections() {
        return connections;
    }

    /** The server as the topology of a keyspace. */
    public SingleServer topology(Keyspace keyspace) {
        return new SingleServer(connections, keyspace);
    }

    /** Connections to another server, closed after the test. */
    public RedisConnections connectionsTo(String url, Duration deadline) {
        RedisOptions options = RedisServer.clientOptions(url);
        RedisConnections made = new RedisConnections(shared.vertx, options, deadline);
        opened.add(made);
        return made;
    }

    /** Closes that after the test. */
    public <T extends AutoCloseable> T closedAfterwards(T resource) {
        opened.add(resource);
        return resource;
    }

    /** The server's address. */
    public String url() {
        return shared.server.url();
    }

    /** Sends a command beside the code under test; replies as {@link RedisClient} gives them. */
    public Object command(String... words) {
        return client.command(words);
    }

    /** As {@link #command}, for a reply that is a whole number. */
    public long number(String... words) {
        return (Long) Objects.requireNonNull(client.command(words));
    }

    /** How often a command was called since {@code CONFIG RESETSTAT}, by scripts too. */
    public long calls(String command) {
        Matcher calls = Pattern.compile("cmdstat_" + command + ":calls=(\\d+)")
                .matcher(String.valueOf(client.command("INFO", "commandstats")));
        return calls.find() ? Long.parseLong(calls.group(1)) : 0;
    }

    /** Sets a field of a hash to any bytes. */
    public void setField(String key, byte[] field, byte[] value) {
        client.commandBytes(ascii("HSET"), ascii(key), field, value);
    }

    /** Sets a string to any bytes, from several parts. */
    public void setString(String key, byte[]... parts) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            whole.writeBytes(part);
        }
        client.commandBytes(ascii("SET"), ascii(key), whole.toByteArray());
    }

    /** A field of a hash; absent fields fail the test. */
    public byte[] field(String key, byte[] field) {
        return (byte[]) Objects.requireNonNull(client.commandBytes(ascii("HGET"), ascii(key), field), "no such field");
    }

    /** Appends an entry under an id of our choice. */
    public void append(String stream, String id, byte[] payload) {
        client.commandBytes(ascii("XADD"), ascii(stream), ascii(id), ascii("p"), payload);
    }

    /** A key in its serialized form, as {@code DUMP} writes it. */
    public byte[] serialized(String key) {
        return (byte[]) Objects.requireNonNull(client.commandBytes(ascii("DUMP"), ascii(key)));
    }

    /** Overwrites a key by a serialized form. */
    public void restore(String key, byte[] serialized) {
        client.commandBytes(ascii("RESTORE"), ascii(key), ascii("0"), serialized, ascii("REPLACE"));
    }

    /** Changes a setting until the end of the test. */
    public void configure(String setting, String value) {
        List<?> before = (List<?>) Objects.requireNonNull(command("CONFIG", "GET", setting));
        changedSettings.putIfAbsent(setting, String.valueOf(before.get(1)));
        command("CONFIG", "SET", setting, value);
    }

    /** Lowers {@code maxmemory} below what is used, until the end of the test. */
    public void fill() {
        configure("maxmemory", "1");
    }

    /** The server's clock, in Unix ms. */
    public long nowMillis() {
        List<?> time = (List<?>) Objects.requireNonNull(command("TIME"));
        return Long.parseLong(String.valueOf(time.get(0))) * 1_000
                + Long.parseLong(String.valueOf(time.get(1))) / 1_000;
    }

    /** The whole database as text, see {@link RedisDump}. */
    public String dump() {
        return RedisDump.of(client);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** What all tests of this JVM share, since starting it costs more than emptying it. */
    private static final class Shared implements AutoCloseable {
        private final Vertx vertx = Vertx.vertx();
        // Without waiting for the disk, since nothing here outlives the server.
        private final RedisServer server =
                RedisServer.builder().directives("appendfsync no").build().start();

        private Shared() {
            // Context propagation fails if its first uses come at once; in the product Quarkus uses it first.
            Uni.createFrom().deferred(() -> Uni.createFrom().voidItem()).await().indefinitely();
        }

        @Override
        public void close() {
            vertx.close().toCompletionStage().toCompletableFuture().join();
            server.close();
        }
    }
}
