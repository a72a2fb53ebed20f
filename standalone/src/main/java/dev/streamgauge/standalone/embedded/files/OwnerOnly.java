package dev.streamgauge.standalone.embedded.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Creates files and folders that only their owner can access, whatever the umask of this process is, and takes the
 * rights of other users from existing ones. Follows no symbolic link inside a folder.
 */
public final class OwnerOnly {
    private static final FileAttribute<Set<PosixFilePermission>> FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final Set<PosixFilePermission> OF_THE_OWNER = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    /** The bit of {@code /tmp}: users share the folder, and delete only their own files. */
    private static final int STICKY = 0x200;

    private OwnerOnly() {}

    /** Creates the folder and its parents as far as they are missing. */
    public static Path createFolder(Path folder) throws IOException {
        return Files.createDirectories(folder, FOLDER);
    }

    /** Creates an empty file unless there is one. */
    public static void createFile(Path file) throws IOException {
        try {
            Files.createFile(file, FILE);
        } catch (FileAlreadyExistsException e) {
            // That is fine, but for a folder: the first write fails on it.
            return;
        }
    }

    /** Opens a file for reading and writing, created if it is missing. */
    public static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE), FILE);
    }

    /** Writes a text file, in place of an older one: other users that have that one open do not see the text. */
    public static void write(Path file, String text) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.deleteIfExists(part);
        createFile(part);
        Files.writeString(part, text);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Returns the command with a prefix that makes all files it creates its owner's only. It keeps its pid. */
    public static List<String> commandWithUmask(List<String> command) {
        List<String> prefixed = new ArrayList<>(List.of("/bin/sh", "-c", "umask 077; exec \"$@\"", "sh"));
        prefixed.addAll(command);
        return prefixed;
    }

    /** Returns whether other users share this folder on purpose, as they do {@code /tmp}. */
    public static boolean isShared(Path folder) throws IOException {
        return ((int) Files.getAttribute(folder, "unix:mode") & STICKY) != 0;
    }

    /** Returns whether other users have any right to this file or folder. */
    public static boolean isOpenToOthers(Path path) throws IOException {
        return !OF_THE_OWNER.containsAll(Files.getPosixFilePermissions(path));
    }

    /**
     * Takes all rights of other users from a file or folder, but not from what is in the folder.
     *
     * @throws FileSystemException if the file belongs to another user
     */
    public static void restrict(Path path) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
        if (permissions.retainAll(OF_THE_OWNER)) {
            Files.setPosixFilePermissions(path, permissions);
        }
    }

    /** Takes them from a folder and from all that is in it, if it exists. */
    public static void restrictAll(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder.toRealPath())) {
            for (Path path : paths.filter(path -> !Files.isSymbolicLink(path)).toList()) {
                restrictUnlessGone(path);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** A redis-server that was left running deletes files that it no longer needs. */
    private static void restrictUnlessGone(Path path) throws IOException {
        try {
            restrict(path);
        } catch (NoSuchFileException e) {
            if (Files.exists(path)) {
                throw e;
            }
        }
    }
}
