package dev.streamgauge.standalone.system;

import dev.streamgauge.testkit.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What the JVM of an application has loaded and linked, kept for faster starts (JEP 514): tests start each application many
 * times. Made by the script of the image at the first start after a build, and shared by all JVMs that run tests.
 */
final class AotCache {

    private static final Map<Path, Path> KNOWN = new ConcurrentHashMap<>();
    private static final long DEADLINE_SECONDS = 120;

    private AotCache() {}

    /** The cache of the application with that {@code quarkus-run.jar}. */
    static Path of(Path jar) {
        return KNOWN.computeIfAbsent(jar, AotCache::make);
    }

    private static Path make(Path jar) {
        Path application = jar.getParent();
        Path cache = application.resolve("app.aot");
        try (FileChannel channel = FileChannel.open(
                        application.resolve("app.aot.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (lock.isValid() && !isFresh(cache, jar)) {
                run(application);
            }
            return cache;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isFresh(Path cache, Path jar) throws IOException {
        return Files.exists(cache) && Files.getLastModifiedTime(cache).compareTo(Files.getLastModifiedTime(jar)) >= 0;
    }

    private static void run(Path application) throws IOException {
        Files.deleteIfExists(application.resolve("app.aot"));
        Path data = Files.createTempDirectory("aot-training");
        ProcessBuilder training = new ProcessBuilder(
                        "bash",
                        Jars.ROOT.resolve("deploy/docker/make-aot-cache.sh").toString(),
                        application.toString())
                .inheritIO();
        Map<String, String> environment = training.environment();
        environment.put("PATH", Path.of(System.getProperty("java.home"), "bin") + ":" + environment.get("PATH"));
        environment.put("QUARKUS_HTTP_PORT", Integer.toString(FreePort.find()));
        environment.put("STREAMGAUGE_DATA_DIR", data.toString());
        Process process = training.start();
        try {
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException("no AOT cache for " + application);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
