package dev.streamgauge.standalone.chaos;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What a power loss takes from a killed Redis: all that its files hold beyond the last fsync, as {@code
 * src/test/c/synced_sizes.c} has recorded it. File names are taken as safe: Redis fsyncs the folder where it matters.
 */
final class UnsyncedTail {

    private static final Path SOURCE =
            Path.of("src", "test", "c", "synced_sizes.c").toAbsolutePath();

    private final Path library;
    private final Path sizes;

    private UnsyncedTail(Path library, Path sizes) {
        this.library = library;
        this.sizes = sizes;
    }

    /** Compiles the recorder into a folder. */
    static UnsyncedTail compile(Path folder) throws IOException, InterruptedException {
        Path library = folder.resolve("synced_sizes.so");
        Process compiler = new ProcessBuilder(
                        "cc",
                        "-shared",
                        "-fPIC",
                        "-O1",
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        "-o",
                        library.toString(),
                        SOURCE.toString(),
                        "-ldl")
                .redirectErrorStream(true)
                .start();
        String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!compiler.waitFor(1, TimeUnit.MINUTES) || compiler.exitValue() != 0) {
            throw new IllegalStateException("cannot compile " + SOURCE + ":\n" + output);
        }
        return new UnsyncedTail(library, folder.resolve("synced-sizes"));
    }

    /** What redis-server needs in its environment to be recorded. */
    Map<String, String> environment() {
        return Map.of("LD_PRELOAD", library.toString(), "SYNCED_SIZES_FILE", sizes.toString());
    }

    /** Cuts every file of a killed Redis' append-only folder back to what was fsynced; the number of bytes cut. */
    long cut(Path appendOnlyFolder) throws IOException {
        Map<Long, Long> synced = syncedByInode();
        long cut = 0;
        List<Path> files;
        try (Stream<Path> listed = Files.list(appendOnlyFolder)) {
            files = listed.toList();
        }
        for (Path file : files) {
            long inode = (Long) Files.getAttribute(file, "unix:ino");
            long safe = Math.min(Files.size(file), synced.getOrDefault(inode, 0L));
            cut += Files.size(file) - safe;
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(safe);
            }
        }
        return cut;
    }

    private Map<Long, Long> syncedByInode() throws IOException {
        Map<Long, Long> synced = new HashMap<>();
        for (String line : Files.readAllLines(sizes)) {
            String[] words = line.split(" ", -1);
            synced.put(Long.parseLong(words[0]), Long.parseLong(words[1]));
        }
        return synced;
    }
}
