package dev.streamgauge.standalone.chaos;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.testkit.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The real processes: one Redis, and as many of each role as wanted, every one behind proxies that can fail. */
public final class Platform implements AutoCloseable {

    static final Duration RECLAIM_IDLE = Duration.ofSeconds(1);

    /** Fewer than tenants, so that tenants share partitions. */
    private static final int PARTITIONS = 4;

    private static final int REDIS_START_ATTEMPTS = 3;

    private final RedisServer redis;
    private final List<Node> nodes = new ArrayList<>();

    /**
     * Starts nothing yet.
     *
     * @param redis started already
     * @param folder for logs
     * @param settings of all processes, {@code NAME=value}
     */
    public Platform(RedisServer redis, Path folder, List<Node.Role> roles, String... settings) {
        this.redis = redis;
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("STREAMGAUGE_AUTH_ADMIN_KEY=" + Deleter.ADMIN_KEY);
        all.add("STREAMGAUGE_PARTITIONS=" + PARTITIONS);
        all.add("STREAMGAUGE_RECLAIM_IDLE=" + RECLAIM_IDLE.toMillis() + "ms");
        for (Node.Role role : roles) {
            String name = role.name().toLowerCase(Locale.ROOT) + "-" + (of(role).size() + 1);
            nodes.add(new Node(name, role, folder, all, redis.port()));
        }
    }

    /** Starts all processes and waits until they are ready. */
    public Platform start() {
        nodes.forEach(Node::start);
        awaitReady();
        return this;
    }

    void awaitReady() {
        nodes.forEach(Node::awaitReady);
    }

    public RedisServer redis() {
        return redis;
    }

    public Keyspace keyspace() {
        return new Keyspace(PARTITIONS);
    }

    public List<Node> nodes() {
        return List.copyOf(nodes);
    }

    public List<Node> of(Node.Role role) {
        return nodes.stream().filter(node -> node.role() == role).toList();
    }

    public Node node(String name) {
        return nodes.stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no node " + name));
    }

    /** Starts Redis on its files again; returns when it answers. */
    void startRedis() {
        for (int attempt = 1; ; attempt++) {
            try {
                redis.start();
                return;
            } catch (IllegalStateException e) {
                // Another process has its port for a moment; a Redis that cannot read its files fails each time.
                if (attempt == REDIS_START_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
        redis.close();
    }
}
