package dev.streamgauge.standalone.chaos;

import dev.streamgauge.standalone.system.Jars;
import dev.streamgauge.testkit.FaultProxy;
import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RunningJar;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One process of a role, which can die and come back under the same name. It reaches Redis through a proxy of its own,
 * and an ingest process is reached through another. Its life cycle is one thread's at a time.
 */
public final class Node implements AutoCloseable {

    private static final Duration READY_DEADLINE = Duration.ofSeconds(60);
    private static final int SHOWN_OUTPUT_CHARS = 2_000;

    /** The roles, by the names of their modules. */
    public enum Role {
        INGEST("ingest-api"),
        AGGREGATOR("aggregator"),
        QUERY("query-api");

        private final String module;

        Role(String module) {
            this.module = module;
        }
    }

    private final String name;
    private final Role role;
    private final Path folder;
    private final List<String> settings;
    private final FaultProxy toRedis;
    private final Optional<FaultProxy> front;
    private Path root = Jars.ROOT;
    private int starts;
    private volatile @Nullable RunningJar process;
    private volatile int port;
    private volatile boolean meantToRun;

    Node(String name, Role role, Path folder, List<String> settings, int redisPort) {
        this.name = name;
        this.role = role;
        this.folder = folder;
        this.settings = List.copyOf(settings);
        this.toRedis = FaultProxy.to(redisPort);
        this.front = role == Role.INGEST ? Optional.of(FaultProxy.to(FreePort.find())) : Optional.empty();
    }

    public String name() {
        return name;
    }

    Role role() {
        return role;
    }

    /** Its way to Redis. */
    FaultProxy toRedis() {
        return toRedis;
    }

    /** The senders' way to it; only an ingest process has one. */
    Optional<FaultProxy> front() {
        return front;
    }

    /** Where senders push, if it is an ingest process; else its own address. */
    public URI address() {
        return URI.create("http://127.0.0.1:" + front.map(FaultProxy::port).orElse(port));
    }

    /** Starts it, on a port of its own each time; it may not be ready yet. */
    void start() {
        port = FreePort.find();
        process = launch(port);
        meantToRun = true;
        front.ifPresent(proxy -> proxy.upstream(port));
    }

    /** Uses the jars of another source tree from the next start on. */
    public void use(Path otherRoot) {
        root = otherRoot;
    }

    /**
     * Replaces its process by one of another source tree, as a rolling update does: the new process gets ready and takes
     * the new connections before the old one is stopped by SIGTERM. Returns when the old one has left.
     */
    public void replace(Path otherRoot) {
        RunningJar old = running();
        use(otherRoot);
        int newPort = FreePort.find();
        RunningJar replacement = launch(newPort);
        replacement.awaitAnswer(readiness(newPort), READY_DEADLINE);
        process = replacement;
        port = newPort;
        front.ifPresent(proxy -> proxy.upstream(newPort));
        old.terminate();
    }

    private RunningJar launch(int onPort) {
        starts++;
        RunningJar.Builder builder = RunningJar.builder(Jars.jar(root, role.module))
                .outputFile(folder.resolve(name + "-" + starts + ".log"))
                .jvmArgument("-Xmx256m")
                .startingFast() // it starts often
                .environment("QUARKUS_HTTP_PORT", Integer.toString(onPort))
                .environment("STREAMGAUGE_AUTH_MODE", "open");
        Jars.asItsUser(builder, role.module, "redis://127.0.0.1:" + toRedis.port());
        settings.forEach(setting -> {
            int equals = setting.indexOf('=');
            builder.environment(setting.substring(0, equals), setting.substring(equals + 1));
        });
        return builder.start();
    }

    void awaitReady() {
        running().awaitAnswer(readiness(port), READY_DEADLINE);
    }

    private static URI readiness(int port) {
        return URI.create("http://127.0.0.1:" + port + "/q/health/ready");
    }

    /** SIGKILL. */
    void kill() {
        meantToRun = false;
        running().kill();
    }

    /** SIGTERM; returns when it has left. */
    void terminate() {
        meantToRun = false;
        running().terminate();
    }

    /** SIGSTOP. */
    void pause() {
        running().pause();
    }

    /** SIGCONT. */
    void resume() {
        running().resume();
    }

    /** Whether it has died of itself. */
    boolean isMissing() {
        return meantToRun && !running().isAlive();
    }

    /** The process id, while it is meant to run. */
    OptionalLong pid() {
        return meantToRun ? OptionalLong.of(running().pid()) : OptionalLong.empty();
    }

    /** Its name and the end of what it printed. */
    @Override
    public String toString() {
        String output = running().output();
        return name + ":\n" + output.substring(Math.max(0, output.length() - SHOWN_OUTPUT_CHARS));
    }

    private RunningJar running() {
        RunningJar current = process;
        if (current == null) {
            throw new IllegalStateException(name + " was never started");
        }
        return current;
    }

    @Override
    public void close() {
        if (process != null) {
            running().close();
        }
        toRedis.close();
        front.ifPresent(FaultProxy::close);
    }
}
