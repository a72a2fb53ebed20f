package dev.streamgauge.standalone.embedded;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** What redis-server wrote, read back to say why it did not start. */
record RedisLog(Path file) {
    private static final long MAX_BYTES = 10L << 20;
    private static final int MAX_TEXT_BYTES = 64 << 10;
    private static final int TAIL_LINES = 8;

    /** Puts a file of more than 10 MiB aside, in place of the one put aside before. Only while no server writes it. */
    void rotate() throws IOException {
        if (end() > MAX_BYTES) {
            Files.move(file, file.resolveSibling(file.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Returns the position that the next line will have, in bytes. */
    long end() throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    /** Reads what was written from the position on, 64 KiB of it at most. */
    String readFrom(long position) throws IOException {
        if (!Files.exists(file)) {
            return "";
        }
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            int length = Math.clamp(in.length() - position, 0, MAX_TEXT_BYTES);
            byte[] bytes = new byte[length];
            in.seek(position);
            in.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** Returns the last lines of a text that are not blank. */
    static String tail(String text) {
        List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    }
}
