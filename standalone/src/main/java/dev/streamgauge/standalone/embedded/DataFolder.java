package dev.streamgauge.standalone.embedded;

import dev.streamgauge.standalone.embedded.files.OwnerOnly;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The folder with all that a standalone Streamgauge keeps, owned by one process at a time.
 *
 * <p>The owner holds an operating system lock on {@code streamgauge.lock}, which goes with the process however it ends:
 * unlike a pid file it is never stale, and two processes that start at once cannot both get it. The owner's pid stands
 * in the file only for the message to the loser.
 *
 * <p>Other users of the machine can read nothing in it. A folder of an earlier release is restricted when it is
 * claimed.
 */
final class DataFolder implements AutoCloseable {
    private static final int MAX_PID_DIGITS = 20;
    private static final String LOCK = "streamgauge.lock";

    private final Path path;
    private final FileChannel lockChannel;

    private DataFolder(Path path, FileChannel lockChannel) {
        this.path = path;
        this.lockChannel = lockChannel;
    }

    /**
     * Makes the folder if need be, and becomes its owner.
     *
     * @param report takes a line if other users keep access to the folder
     * @throws StartupException if a live Streamgauge owns it, or it cannot be written
     */
    static DataFolder claim(Path directory, Consumer<String> report) throws StartupException {
        try {
            Path path = OwnerOnly.createFolder(directory).toRealPath();
            restrictFolder(path, report);
            FileChannel channel = OwnerOnly.open(path.resolve(LOCK));
            if (!tryLock(channel)) {
                throw new StartupException("the data folder " + path + " is in use by another Streamgauge (pid "
                        + readOwner(channel) + "): stop that one, or set STREAMGAUGE_DATA_DIR to another folder");
            }
            writeOwner(channel);
            DataFolder folder = new DataFolder(path, channel);
            OwnerOnly.createFolder(folder.redisDirectory());
            folder.restrictFiles(report);
            return folder;
        } catch (IOException e) {
            throw new StartupException(
                    "cannot use the data folder " + directory.toAbsolutePath() + ": " + reason(e)
                            + "; make it writable, or set STREAMGAUGE_DATA_DIR to another folder",
                    e);
        }
    }

    /** Returns the folder itself, without symbolic links. */
    Path path() {
        return path;
    }

    /** Returns the folder of the append-only file. */
    Path redisDirectory() {
        return path.resolve("redis");
    }

    Path redisConfiguration() {
        return path.resolve("redis.conf");
    }

    /** Returns the file with the password of the running Redis, and of no other one. */
    Path redisPasswordFile() {
        return path.resolve("redis.password");
    }

    Path redisPidFile() {
        return path.resolve("redis.pid");
    }

    Path redisLog() {
        return path.resolve("redis.log");
    }

    Path binDirectory() {
        return path.resolve("bin");
    }

    /** Gives the folder up. The lock file stays: a process that is about to lock it must not meet a deleted one. */
    @Override
    public void close() {
        try {
            lockChannel.truncate(0);
            lockChannel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release " + path, e);
        }
    }

    /** Words an input or output failure for a user; the JDK's messages are often the path alone. */
    static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException denied -> "permission denied for " + denied.getFile();
            case FileAlreadyExistsException exists -> exists.getFile() + " is no folder";
            case NoSuchFileException missing -> "cannot make " + missing.getFile();
            default -> String.valueOf(e.getMessage());
        };
    }

    /** Leaves a folder alone that the user shares with others, or uses for something else too, such as a home folder. */
    private static void restrictFolder(Path path, Consumer<String> report) throws IOException {
        if (!OwnerOnly.isOpenToOthers(path)) {
            return;
        }
        if (OwnerOnly.isShared(path) || !(Files.exists(path.resolve(LOCK)) || isEmpty(path))) {
            report.accept("The data folder is not ours alone, so its mode stays, and only our files in it are closed to"
                    + " other users: dataDir=" + path);
            return;
        }
        try {
            OwnerOnly.restrict(path);
        } catch (IOException e) {
            reportOpen(path, e, report);
        }
    }

    private void restrictFiles(Consumer<String> report) {
        try {
            Path olderLog = path.resolve("redis.log.1");
            for (Path file : List.of(path.resolve(LOCK), redisConfiguration(), redisPidFile(), redisLog(), olderLog)) {
                if (Files.exists(file)) {
                    OwnerOnly.restrict(file);
                }
            }
            OwnerOnly.restrictAll(redisDirectory());
            OwnerOnly.restrictAll(binDirectory());
        } catch (IOException e) {
            reportOpen(path, e, report);
        }
    }

    private static void reportOpen(Path path, IOException e, Consumer<String> report) {
        report.accept("Other users of this machine may read the data folder, and its mode cannot be changed: dataDir="
                + path + " error=" + e.getMessage());
    }

    private static boolean isEmpty(Path path) throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.findAny().isEmpty();
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            if (channel.tryLock() != null) {
                return true;
            }
        } catch (OverlappingFileLockException e) {
            // This very JVM is the owner. The channel stays open on purpose: a POSIX lock is lost when its process
            // closes any channel on the file.
            return false;
        }
        return false;
    }

    private static String readOwner(FileChannel channel) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(MAX_PID_DIGITS);
        channel.read(pid, 0);
        String text = StandardCharsets.US_ASCII.decode(pid.flip()).toString().strip();
        return text.isEmpty() ? "not yet known" : text;
    }

    private static void writeOwner(FileChannel channel) throws IOException {
        String pid = ProcessHandle.current().pid() + "\n";
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
    }
}
