package dev.streamgauge.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real redis-server for tests on a loopback port, as durable as the product's own ({@code appendfsync always}). It
 * can be killed, paused and restarted. It has the {@link RedisUsers}.
 *
 * <pre>{@code
 * try (RedisServer redis = RedisServer.builder().build().start()) {
 *     redis.command("SET", "k", "v");
 *     redis.kill();
 *     redis.restart();
 *     assertThat(redis.command("GET", "k")).isEqualTo("v");
 * }
 * }</pre>
 *
 * <p>The port and the folder stay the same through restarts. It ends with this JVM at the latest. Commands may be sent
 * from any thread; the life cycle methods (start, kill, …) must be called by one thread.
 */
public final class RedisServer implements AutoCloseable {
    private static final Duration READY_DEADLINE = Duration.ofSeconds(30);
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(20);
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration PROBE_PAUSE = Duration.ofMillis(10);
    private static final int PORT_ATTEMPTS = 5;

    /** Logged by Redis before the reason, whose wording depends on the C library. */
    private static final String PORT_TAKEN = "Could not create server TCP listening socket";

    private static final int LOG_TAIL_LINES = 20;

    private final Path binary;
    private final Path directory;
    private final boolean ownsDirectory;
    private final Map<String, List<String>> directives;
    private final Map<String, String> environment;
    private final List<String> prefix;
    private int port;
    private @Nullable SpawnedProcess process;

    private RedisServer(Builder builder) {
        this.binary = builder.binary == null ? RedisBinary.path() : builder.binary;
        this.ownsDirectory = builder.directory == null;
        this.directory = builder.directory == null ? temporaryDirectory() : builder.directory;
        this.directives = defaultDirectives();
        builder.directivesByName().forEach(this.directives::put);
        if (this.directives.containsKey("aclfile")) {
            this.directives.remove("user"); // Redis takes its users from one place only
        }
        this.environment = Map.copyOf(builder.environment);
        this.prefix = List.copyOf(builder.prefix);
        this.port = builder.port;
    }

    /** By default, a free port, a temporary folder and the default directives. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts the server and waits until it answers.
     *
     * @return this
     * @throws IllegalStateException if it already runs, exits, or is not ready within 30 s; quotes its log
     */
    public RedisServer start() {
        if (isAlive()) {
            throw new IllegalStateException("already running with pid " + pid());
        }
        boolean firstStart = process == null;
        try {
            startOnPort();
        } catch (IllegalStateException e) {
            if (firstStart) {
                // After build().start() in one expression, the caller has no server to close.
                close();
            }
            throw e;
        }
        return this;
    }

    /** Returns the port; known from the first start on, or from the builder. */
    public int port() {
        if (port == 0) {
            throw new IllegalStateException("not started yet");
        }
        return port;
    }

    /** Returns the address in the format of {@code quarkus.redis.hosts}. */
    public String url() {
        return "redis://127.0.0.1:" + port();
    }

    /** Returns the process id of the last start. */
    public long pid() {
        return running().pid();
    }

    /** Returns the folder with the append-only file, the configuration and the log. */
    public Path directory() {
        return directory;
    }

    /** Returns whether the process exists; a paused one does. */
    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() {
        running().kill();
    }

    /** SIGTERM, after which Redis saves and exits; returns when the process is gone. */
    public void terminate() {
        running().terminate(STOP_DEADLINE);
    }

    /** Starts it again on the same port and folder; terminates it first if it still runs. */
    public void restart() {
        if (isAlive()) {
            terminate();
        }
        start();
    }

    /** SIGSTOP: connections stay open and nothing is answered. */
    public void pause() {
        running().pause();
    }

    /** SIGCONT. */
    public void resume() {
        running().resume();
    }

    /**
     * Sends one command on a connection of its own; bulk strings come as text.
     *
     * @return String, Long, List or null, see {@link RedisClient}
     * @throws RedisError if Redis answers an error
     * @throws UncheckedIOException if it cannot be reached or does not answer within 10 s
     */
    public @Nullable Object command(String... words) {
        try (RedisClient connection = connect()) {
            return connection.command(words);
        }
    }

    /** As {@link #command}, with bulk strings as {@code byte[]}. */
    public @Nullable Object commandBytes(String... words) {
        try (RedisClient connection = connect()) {
            return connection.commandBytes(words);
        }
    }

    /** As {@link #commandBytes(String...)}, for binary arguments. */
    public @Nullable Object commandBytes(byte[]... words) {
        try (RedisClient connection = connect()) {
            return connection.commandBytes(words);
        }
    }

    /** Opens a connection for many commands or for a state such as a transaction; the caller closes it. */
    public RedisClient connect() {
        return RedisClient.open(port(), COMMAND_TIMEOUT);
    }

    /** Kills the server; deletes the folder if it was a temporary one. Does nothing the second time. */
    @Override
    public void close() {
        if (process != null) {
            process.kill();
        }
        if (ownsDirectory && Files.exists(directory)) {
            deleteRecursively(directory);
        }
    }

    private SpawnedProcess running() {
        if (process == null) {
            throw new IllegalStateException("not started yet");
        }
        return process;
    }

    private void startOnPort() {
        // A port that was free a moment ago may be taken when Redis binds it. Only the first start may try another
        // port: later, clients know the address.
        int attempts = port == 0 ? PORT_ATTEMPTS : 1;
        for (int attempt = 1; ; attempt++) {
            try {
                startOn(port == 0 ? FreePort.find() : port);
                return;
            } catch (IllegalStateException e) {
                if (attempt == attempts || !String.valueOf(e.getMessage()).contains(PORT_TAKEN)) {
                    throw e;
                }
            }
        }
    }

    private void startOn(int candidate) {
        Path log = directory.resolve("redis.log");
        try {
            Files.createDirectories(directory);
            Files.deleteIfExists(log);
            Path configuration = Files.writeString(directory.resolve("redis.conf"), configuration(candidate));
            List<String> words = new ArrayList<>(prefix);
            words.addAll(List.of(binary.toString(), configuration.toString()));
            ProcessBuilder command = new ProcessBuilder(words)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            command.environment().putAll(environment);
            process = SpawnedProcess.start(command);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + directory, e);
        }
        awaitReady(process, candidate, log);
        port = candidate;
    }

    private String configuration(int candidate) {
        StringBuilder text = new StringBuilder("port " + candidate + "\n");
        directives
                .values()
                .forEach(lines -> lines.forEach(line -> text.append(line).append('\n')));
        return text.toString();
    }

    private static void awaitReady(SpawnedProcess process, int port, Path log) {
        long deadlineNanos = System.nanoTime() + READY_DEADLINE.toNanos();
        while (!answers(process.pid(), port)) {
            if (!process.isAlive()) {
                throw new IllegalStateException("redis-server exited:\n" + tail(log));
            }
            if (System.nanoTime() - deadlineNanos > 0) {
                process.kill();
                throw new IllegalStateException("redis-server not ready within " + READY_DEADLINE + ":\n" + tail(log));
            }
            LockSupport.parkNanos(PROBE_PAUSE.toNanos());
        }
    }

    private static boolean answers(long pid, int port) {
        try (RedisClient connection = RedisClient.open(port, PROBE_TIMEOUT)) {
            connection.command("PING");
            // Another server may be listening on the port, which ours will fail to bind.
            return String.valueOf(connection.command("INFO", "server")).contains("process_id:" + pid + "\r\n");
        } catch (RedisError e) {
            // LOADING: Redis still reads its file. NOAUTH: a test has set a password.
            return e.code().equals("NOAUTH");
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private static String tail(Path log) {
        try (Stream<String> lines = Files.lines(log, StandardCharsets.UTF_8)) {
            List<String> all = lines.toList();
            return all.stream().skip(Math.max(0, all.size() - LOG_TAIL_LINES)).collect(Collectors.joining("\n"));
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    private static Map<String, List<String>> defaultDirectives() {
        Map<String, List<String>> defaults = new LinkedHashMap<>();
        for (String line : List.of(
                "bind 127.0.0.1",
                "appendonly yes",
                "appendfsync always",
                "save \"\"",
                "maxmemory 512mb",
                "maxmemory-policy noeviction",
                "hash-max-listpack-entries 64")) {
            defaults.put(nameOf(line), List.of(line));
        }
        defaults.put("user", RedisUsers.directives());
        return defaults;
    }

    private static String nameOf(String directive) {
        int space = directive.indexOf(' ');
        if (space < 1) {
            throw new IllegalArgumentException("a directive is a name and a value: " + directive);
        }
        return directive.substring(0, space);
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("streamgauge-redis-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteRecursively(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + root, e);
        }
    }

    /** Builds a server with settings that differ from the defaults. */
    public static final class Builder {
        private int port;
        private @Nullable Path directory;
        private @Nullable Path binary;
        private final List<String> directives = new ArrayList<>();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private final List<String> prefix = new ArrayList<>();

        private Builder() {}

        /** The port to listen on; 0, the default, means a free port, which the server then keeps. */
        public Builder port(int port) {
            this.port = port;
            return this;
        }

        /** The folder for its files, kept at close; by default a temporary one, deleted at close. */
        public Builder directory(Path directory) {
            this.directory = directory;
            return this;
        }

        /** Lines of redis.conf; one replaces the default of the same name. */
        public Builder directives(String... lines) {
            directives.addAll(List.of(lines));
            return this;
        }

        /** A command that runs Redis, such as {@code taskset -c 0}; it must replace itself by Redis (exec). */
        public Builder commandPrefix(List<String> words) {
            prefix.clear();
            prefix.addAll(words);
            return this;
        }

        /** Variables that are added to its environment. */
        public Builder environment(Map<String, String> variables) {
            environment.putAll(variables);
            return this;
        }

        /**
         * The redis-server to run; by default the one that the system property {@code
         * dev.streamgauge.testkit.redis-server} names, else the bundled one.
         */
        public Builder binary(Path binary) {
            this.binary = binary;
            return this;
        }

        /** Builds the server, which is not started yet. */
        public RedisServer build() {
            return new RedisServer(this);
        }

        private Map<String, List<String>> directivesByName() {
            return directives.stream()
                    .collect(Collectors.groupingBy(RedisServer::nameOf, LinkedHashMap::new, Collectors.toList()));
        }
    }
}
