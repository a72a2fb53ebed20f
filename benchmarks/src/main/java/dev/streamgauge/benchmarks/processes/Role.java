package dev.streamgauge.benchmarks.processes;

import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RedisServer;
import dev.streamgauge.testkit.RunningJar;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One role of Streamgauge in a process of its own, in mode open. */
public final class Role implements AutoCloseable {

    private static final Duration START_DEADLINE = Duration.ofSeconds(60);

    private final RunningJar jar;
    private final int port;

    private Role(RunningJar jar, int port) {
        this.jar = jar;
        this.port = port;
    }

    /** Describes the role of a module, such as {@code ingest-api}. */
    public static Builder builder(String module, RedisServer redis) {
        return new Builder(module, redis);
    }

    /** The port it listens on. */
    public int port() {
        return port;
    }

    /** The process id. */
    public long pid() {
        return jar.pid();
    }

    @Override
    public void close() {
        if (jar.isAlive()) {
            jar.terminate();
        }
        jar.close();
    }

    /** How to run it. */
    public static final class Builder {
        private final String module;
        private final RedisServer redis;
        private final Map<String, String> environment = new LinkedHashMap<>();
        private final List<String> jvmArguments = new ArrayList<>();
        private List<String> prefix = List.of();

        private Builder(String module, RedisServer redis) {
            this.module = module;
            this.redis = redis;
        }

        /** Adds a setting, such as {@code STREAMGAUGE_PARTITIONS}. */
        public Builder setting(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /** Adds an argument for the JVM. */
        public Builder jvmArgument(String argument) {
            jvmArguments.add(argument);
            return this;
        }

        /** A command that runs the rest. */
        public Builder commandPrefix(List<String> words) {
            prefix = List.copyOf(words);
            return this;
        }

        /** Starts it and waits until it is ready. */
        public Role start() {
            Path run = Path.of(module, "target", "quarkus-app", "quarkus-run.jar");
            if (!Files.exists(run)) {
                throw new IllegalStateException(run + " is not built: use make");
            }
            int port = FreePort.find();
            RunningJar.Builder builder = RunningJar.builder(run)
                    .commandPrefix(prefix)
                    .environment("QUARKUS_HTTP_PORT", Integer.toString(port))
                    .environment("QUARKUS_REDIS_HOSTS", redis.url())
                    .environment("STREAMGAUGE_AUTH_MODE", "open");
            environment.forEach(builder::environment);
            jvmArguments.forEach(builder::jvmArgument);
            Role role = new Role(builder.start(), port);
            try {
                role.jar.awaitAnswer(URI.create("http://127.0.0.1:" + port + "/q/health/ready"), START_DEADLINE);
            } catch (IllegalStateException e) {
                role.jar.close();
                throw e;
            }
            return role;
        }
    }
}
