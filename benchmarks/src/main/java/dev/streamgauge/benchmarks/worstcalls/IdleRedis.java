package dev.streamgauge.benchmarks.worstcalls;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Redis that nothing else uses, with one partition. */
final class IdleRedis implements AutoCloseable {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    /** Counts the script alone: not the transfer of its arguments, nor the write to disk after it. */
    private static final Pattern SCRIPTS = Pattern.compile("cmdstat_evalsha:calls=(\\d+),usec=(\\d+)");

    private final RedisServer server =
            RedisServer.builder().directives("maxmemory 4gb").build().start();
    private final RedisClient client = server.connect();
    private final Vertx vertx = Vertx.vertx();
    private final RedisConnections connections =
            new RedisConnections(vertx, RedisServer.clientOptions(server.url()), DEADLINE);

    RedisConnections connections() {
        return connections;
    }

    Keyspace keyspace() {
        return KEYSPACE;
    }

    RedisClient client() {
        return client;
    }

    String version() {
        return String.valueOf(client.command("INFO", "server"))
                .lines()
                .filter(line -> line.startsWith("redis_version:"))
                .findFirst()
                .orElseThrow();
    }

    void empty() {
        client.command("FLUSHALL");
    }

    void resetStatistics() {
        client.command("CONFIG", "RESETSTAT");
    }

    /**
     * How long the one script took that was called since the statistics were reset.
     *
     * @throws IllegalStateException if there was not exactly one call
     */
    Duration scriptTime() {
        Matcher scripts = SCRIPTS.matcher(String.valueOf(client.command("INFO", "commandstats")));
        if (!scripts.find() || !scripts.group(1).equals("1")) {
            throw new IllegalStateException("not one script was called");
        }
        return Duration.ofNanos(1_000 * Long.parseLong(scripts.group(2)));
    }

    @Override
    public void close() {
        connections.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
        client.close();
        server.close();
    }
}
