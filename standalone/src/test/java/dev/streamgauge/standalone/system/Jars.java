package dev.streamgauge.standalone.system;

import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RedisUsers;
import dev.streamgauge.testkit.RunningJar;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The built applications of this source tree, and how to start them. */
public final class Jars {

    static final Duration START_DEADLINE = Duration.ofSeconds(60);

    /** The root of this source tree. */
    public static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private Jars() {}

    /** A role's process and its address. */
    public record Started(RunningJar process, URI address) implements AutoCloseable {

        public URI at(String path) {
            return address.resolve(path);
        }

        public Started awaitReady() {
            process.awaitAnswer(at("/q/health/ready"), START_DEADLINE);
            return this;
        }

        @Override
        public void close() {
            process.close();
        }
    }

    /** The jar that runs a module. */
    public static Path jar(String module) {
        return jar(ROOT, module);
    }

    /** The jar that runs a module of a source tree. */
    public static Path jar(Path root, String module) {
        return root.resolve(module).resolve("target/quarkus-app/quarkus-run.jar");
    }

    /** Lets a role reach Redis as the user that it gets in production, so that a right it lacks breaks a test. */
    public static RunningJar.Builder asItsUser(RunningJar.Builder builder, String module, String redisUrl) {
        String user = "streamgauge-" + module.replaceFirst("-api$", "");
        return builder.environment("QUARKUS_REDIS_HOSTS", redisUrl.replace("://", "://" + user + "@"))
                .environment("QUARKUS_REDIS_PASSWORD", RedisUsers.password(user));
    }

    /** Starts a role against an external Redis, with short times between two tries of anything. */
    public static Started role(String module, String redisUrl, String... settings) {
        return role(List.of(), module, redisUrl, settings);
    }

    /** As above, with a command before that of the JVM, which it must replace itself by. */
    public static Started role(List<String> prefix, String module, String redisUrl, String... settings) {
        RunningJar.Builder builder = asItsUser(small(jar(module)), module, redisUrl)
                .commandPrefix(prefix)
                .environment("STREAMGAUGE_AUTH_MODE", "open")
                .environment("STREAMGAUGE_RECLAIM_IDLE", "2s")
                .environment("STREAMGAUGE_RELOAD_PERIOD", "500ms");
        return start(builder, settings);
    }

    /** Starts the standalone on a data folder; like a role, it takes over what a killed aggregator has left after 2 s. */
    public static Started standalone(Path dataFolder, String... settings) {
        return start(standaloneOn(dataFolder), settings);
    }

    private static RunningJar.Builder standaloneOn(Path dataFolder) {
        return small(jar("standalone"))
                .environment("STREAMGAUGE_DATA_DIR", dataFolder.toString())
                .environment("STREAMGAUGE_RECLAIM_IDLE", "2s");
    }

    /** Starts the standalone on a data folder again, at the same address as before. */
    public static Started again(Started before, Path dataFolder) {
        return start(before.address().getPort(), standaloneOn(dataFolder));
    }

    private static RunningJar.Builder small(Path jar) {
        return RunningJar.builder(jar).jvmArgument("-Xmx512m").startingFast();
    }

    private static Started start(RunningJar.Builder builder, String... settings) {
        return start(FreePort.find(), builder, settings);
    }

    private static Started start(int port, RunningJar.Builder builder, String... settings) {
        builder.environment("QUARKUS_HTTP_PORT", Integer.toString(port));
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            builder.environment(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return new Started(builder.start(), URI.create("http://127.0.0.1:" + port));
    }
}
