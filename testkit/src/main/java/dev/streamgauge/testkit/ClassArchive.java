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
 * An archive of the classes of an application's jar, from which later processes start with two thirds of the work. It is
 * made once for all JVMs that run tests, by a process that starts and stops.
 *
 * @see <a href="https://docs.oracle.com/en/java/javase/25/vm/class-data-sharing.html">Class data sharing</a>
 */
final class ClassArchive {

    private static final Path FOLDER = Path.of("target", "class-archives").toAbsolutePath();
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String CLOSED_PORT = "127.0.0.1:1";

    private ClassArchive() {}

    /** The archive of a jar, which is made if it is missing or older than the jar. */
    static synchronized Path of(Path jar) {
        Path absolute = jar.toAbsolutePath();
        // <module>/target/quarkus-app/quarkus-run.jar
        String name = absolute.getName(absolute.getNameCount() - 4) + "-" + Integer.toHexString(absolute.hashCode());
        Path archive = FOLDER.resolve(name + ".jsa");
        try {
            Files.createDirectories(FOLDER);
            // Other JVMs that run tests wait here for the one that makes it.
            try (FileChannel channel = FileChannel.open(
                            FOLDER.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (lock.isValid() && isMissing(archive, jar)) {
                    make(archive, jar);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return archive;
    }

    private static boolean isMissing(Path archive, Path jar) throws IOException {
        return !Files.exists(archive)
                || Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(jar)) < 0;
    }

    private static void make(Path archive, Path jar) throws IOException {
        Path made = archive.resolveSibling(archive.getFileName() + ".new");
        int port = FreePort.find();
        RunningJar.Builder builder = RunningJar.builder(jar)
                .jvmArgument("-XX:TieredStopAtLevel=1")
                .jvmArgument("-XX:ArchiveClassesAtExit=" + made)
                .jvmArgument("-Xlog:cds*=error") // it warns of classes that cannot be archived
                .environment("QUARKUS_HTTP_PORT", Integer.toString(port))
                .environment("QUARKUS_REDIS_HOSTS", "redis://" + CLOSED_PORT)
                .environment("STREAMGAUGE_DATA_DIR", archive + "-data");
        try (RunningJar process = builder.start()) {
            process.awaitAnswer(URI.create("http://127.0.0.1:" + port + "/q/health/live"), DEADLINE);
            process.terminate();
        }
        Files.move(made, archive, StandardCopyOption.REPLACE_EXISTING);
    }
}
