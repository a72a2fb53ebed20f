package dev.streamgauge.standalone.embedded;

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
import java.nio.file.StandardOpenOption;

/**
 * The folder with all that a standalone Streamgauge keeps, owned by one process at a time.
 *
 * <p>The owner holds an operating system lock on {@code streamgauge.lock}, which goes with the process however it ends:
 * unlike a pid file it is never stale, and two processes that start at once cannot both get it. The owner's pid stands
 * in the file only for the message to the loser.
 */
final class DataFolder implements AutoCloseable {
    private static final int MAX_PID_DIGITS = 20;

    private final Path path;
    private final FileChannel lockChannel;

    private DataFolder(Path path, FileChannel lockChannel) {
        this.path = path;
        this.lockChannel = lockChannel;
    }

    /**
     * Makes the folder if need be, and becomes its owner.
     *
     * @throws StartupException if a live Streamgauge owns it, or it cannot be written
     */
    static DataFolder claim(Path directory) throws StartupException {
        try {
            Path path = Files.createDirectories(directory).toRealPath();
            FileChannel channel = FileChannel.open(
                    path.resolve("streamgauge.lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            if (!tryLock(channel)) {
                throw new StartupException("the data folder " + path + " is in use by another Streamgauge (pid "
                        + readOwner(channel) + "): stop that one, or set STREAMGAUGE_DATA_DIR to another folder");
            }
            writeOwner(channel);
            DataFolder folder = new DataFolder(path, channel);
            Files.createDirectories(folder.redisDirectory());
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
