package dev.streamgauge.benchmarks.worstcalls;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisClient;
import dev.streamgauge.testkit.RedisServer;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** A Redis that nothing else uses, with one partition. */
final class IdleRedis implements AutoCloseable {

    private static final Keyspace KEYSPACE = new Keyspace(1);
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    /** An entry of the slow log: its number, its time, the microseconds, and the command. */
    private static final int MICROSECONDS = 2;

    private static final int COMMAND = 3;

    private final RedisServer server = RedisServer.builder()
            .directives("maxmemory 4gb", "slowlog-log-slower-than 0", "slowlog-max-len 4096")
            .build()
            .start();
    private final RedisClient client = server.connect();
    private final Vertx vertx = Vertx.vertx();
    private final RedisConnections connections =
            new RedisConnections(vertx, RedisServer.clientOptions(server.url()), DEADLINE);

    SingleServer topology() {
        return new SingleServer(connections, KEYSPACE);
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
        client.command("SLOWLOG", "RESET");
    }

    /**
     * How long the longest script took that was called since the statistics were reset: the script alone, not the
     * transfer of its arguments, nor the write to disk after it.
     *
     * @throws IllegalStateException if none was called
     */
    Duration scriptTime() {
        List<?> log = (List<?>) Objects.requireNonNull(client.command("SLOWLOG", "GET", "-1"));
        return log.stream()
                .map(List.class::cast)
                .filter(entry -> String.valueOf(((List<?>) entry.get(COMMAND)).getFirst())
                        .equalsIgnoreCase("EVALSHA"))
                .map(entry -> Duration.ofNanos(1_000 * (long) entry.get(MICROSECONDS)))
                .max(Duration::compareTo)
                .orElseThrow(() -> new IllegalStateException("no script was called"));
    }

    @Override
    public void close() {
        connections.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
        client.close();
        server.close();
        Infrastructure.getDefaultWorkerPool().shutdownNow(); // the timers' thread would keep the process alive
    }
}
