package dev.streamgauge.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * The JVM's cache of the loaded and linked classes of an application's jar, from which later processes start with half
 * the work. It is made once for all JVMs that run tests, by a process that starts and stops.
 *
 * @see <a href="https://openjdk.org/jeps/514">JEP 514: Ahead-of-time command-line ergonomics</a>
 */
final class AotCache {

    private static final Path FOLDER = Path.of("target", "aot-caches").toAbsolutePath();
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String CLOSED_PORT = "127.0.0.1:1";

    private AotCache() {}

    /** The cache of a jar, which is made if it is missing or older than the jar. */
    static synchronized Path of(Path jar) {
        Path absolute = jar.toAbsolutePath();
        // <module>/target/quarkus-app/quarkus-run.jar
        String name = absolute.getName(absolute.getNameCount() - 4) + "-" + Integer.toHexString(absolute.hashCode());
        Path cache = FOLDER.resolve(name + ".aot");
        try {
            Files.createDirectories(FOLDER);
            // Other JVMs that run tests wait here for the one that makes it.
            try (FileChannel channel = FileChannel.open(
                            FOLDER.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (lock.isValid() && isMissing(cache, jar)) {
                    make(cache, jar);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cache;
    }

    private static boolean isMissing(Path cache, Path jar) throws IOException {
        return !Files.exists(cache) || Files.getLastModifiedTime(cache).compareTo(Files.getLastModifiedTime(jar)) < 0;
    }

    private static void make(Path cache, Path jar) throws IOException {
        Path made = cache.resolveSibling(cache.getFileName() + ".new");
        int port = FreePort.find();
        RunningJar.Builder builder = RunningJar.builder(jar)
                .jvmArgument("-XX:TieredStopAtLevel=1")
                .jvmArgument("-XX:AOTCacheOutput=" + made)
                .jvmArgument("-Xlog:aot*=error") // it warns of classes that cannot be cached
                .environment("QUARKUS_HTTP_PORT", Integer.toString(port))
                .environment("QUARKUS_REDIS_HOSTS", "redis://" + CLOSED_PORT)
                .environment("STREAMGAUGE_DATA_DIR", cache + "-data");
        try (RunningJar process = builder.start()) {
            process.awaitAnswer(URI.create("http://127.0.0.1:" + port + "/q/health/live"), DEADLINE);
            process.terminate();
        }
        Files.move(made, cache, StandardCopyOption.REPLACE_EXISTING);
    }
}
