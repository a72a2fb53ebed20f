package dev.streamgauge.standalone.embedded;

import dev.streamgauge.standalone.embedded.files.OwnerOnly;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import redis.embedded.RedisExecProvider;

/** The redis-server that an {@link EmbeddedRedis} runs. */
public sealed interface RedisProgram {
    /**
     * Returns the executable file, made first if need be.
     *
     * @throws StartupException if there is none that can run here
     */
    Path prepare(DataFolder folder) throws StartupException;

    /**
     * The one that comes with us. It is unpacked into the data folder rather than the temporary one, which is often
     * mounted without permission to execute, and swept while we run.
     */
    record Bundled() implements RedisProgram {
        @Override
        public Path prepare(DataFolder folder) throws StartupException {
            String name = "redis-server-" + RedisExecProvider.redisVersion + "-" + platform();
            Path file = folder.binDirectory().resolve(name);
            try (InputStream in = RedisProgram.class.getResourceAsStream("/" + name)) {
                if (in == null) {
                    throw new StartupException("no redis-server is bundled for " + platform()
                            + ": name one with streamgauge.embedded-redis.binary, or set"
                            + " streamgauge.embedded-redis.enabled=false and quarkus.redis.hosts");
                }
                byte[] content = in.readAllBytes();
                if (!Files.isRegularFile(file) || Files.size(file) != content.length) {
                    unpack(content, file);
                }
            } catch (IOException e) {
                throw new StartupException("cannot unpack redis-server to " + file + ": " + DataFolder.reason(e), e);
            }
            if (!Files.isExecutable(file)) {
                throw new StartupException("cannot execute " + file + " (is the folder mounted noexec?): set"
                        + " STREAMGAUGE_DATA_DIR to another folder, or name a redis-server elsewhere with"
                        + " streamgauge.embedded-redis.binary");
            }
            return file;
        }

        private static void unpack(byte[] content, Path file) throws IOException {
            OwnerOnly.createFolder(file.resolveSibling(""));
            Path part = file.resolveSibling(file.getFileName() + ".part");
            Files.write(part, content);
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwx------"));
            // Moved when whole, so that a start that was cut short leaves no half program under the name.
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        }

        private static String platform() {
            String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
            String arch = System.getProperty("os.arch");
            return (os.startsWith("mac") ? "darwin" : os)
                    + "-"
                    + switch (arch) {
                        case "aarch64" -> "arm64";
                        case "x86_64" -> "amd64";
                        default -> arch;
                    };
        }
    }

    /** One that the user named. */
    record Named(Path file) implements RedisProgram {
        @Override
        public Path prepare(DataFolder folder) throws StartupException {
            Path absolute = file.toAbsolutePath();
            if (!Files.isRegularFile(absolute)) {
                throw new StartupException("streamgauge.embedded-redis.binary: there is no file " + absolute);
            }
            if (!Files.isExecutable(absolute)) {
                throw new StartupException("streamgauge.embedded-redis.binary: cannot execute " + absolute);
            }
            return absolute;
        }
    }
}
