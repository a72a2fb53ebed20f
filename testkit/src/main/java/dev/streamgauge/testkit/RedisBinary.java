package dev.streamgauge.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import redis.embedded.RedisExecProvider;

/** The redis-server that tests run: the one named by {@value #PROPERTY}, else the bundled one. */
final class RedisBinary {
    /** Not under {@code streamgauge.}, since the application does not start with an unknown setting there. */
    static final String PROPERTY = "dev.streamgauge.testkit.redis-server";

    private RedisBinary() {}

    static Path path() {
        String named = System.getProperty(PROPERTY, "");
        return named.isEmpty() ? Extracted.PATH : Path.of(named);
    }

    /** Extracts at first use, once per JVM. */
    private static final class Extracted {
        static final Path PATH = extract();

        private static Path extract() {
            String resource = "/redis-server-" + RedisExecProvider.redisVersion + "-" + platform();
            try (InputStream in = RedisBinary.class.getResourceAsStream(resource)) {
                if (in == null) {
                    throw new IllegalStateException(
                            "no bundled redis-server for " + platform() + ": name one with -D" + PROPERTY);
                }
                Path file = Files.createTempFile(
                        "redis-server-",
                        "",
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                file.toFile().deleteOnExit();
                Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
                // The copy replaced the file and its permissions.
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
                return file;
            } catch (IOException e) {
                throw new UncheckedIOException("cannot extract " + resource, e);
            }
        }

        private static String platform() {
            String os = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac") ? "darwin" : "linux";
            String arch = System.getProperty("os.arch");
            return os + "-"
                    + switch (arch) {
                        case "aarch64" -> "arm64";
                        case "x86_64" -> "amd64";
                        default -> arch;
                    };
        }
    }
}
