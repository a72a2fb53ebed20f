package dev.streamgauge.redis.script;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The scripts in the source tree. */
public final class ScriptFiles {

    private static final Path FOLDER = Path.of("src/main/resources/dev/streamgauge/redis/scripts");

    private ScriptFiles() {}

    /** The names of the scripts. */
    public static List<String> scripts() {
        return files(file -> !file.startsWith("lib/"));
    }

    /** The files that scripts include, such as {@code lib/clock.lua}. */
    static List<String> included() {
        return files(file -> file.startsWith("lib/"));
    }

    /** A script with what it includes. */
    public static ScriptText text(String script) {
        return ScriptText.read(script, file -> Optional.of(read(file)));
    }

    /** One file as it is. */
    public static String read(String file) {
        try {
            return Files.readString(FOLDER.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> files(Predicate<String> wanted) {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            return files.map(file -> FOLDER.relativize(file).toString())
                    .filter(file -> file.endsWith(".lua"))
                    .filter(wanted)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
