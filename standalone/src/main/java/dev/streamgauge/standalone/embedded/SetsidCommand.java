package dev.streamgauge.standalone.embedded;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Wraps a command so that it runs in a session of its own.
 *
 * <p>Ctrl-C sends SIGINT to all processes of the terminal's foreground group. A redis-server in that group would stop
 * at once, although the requests and the batch in progress still need it; and it cannot be configured to ignore SIGINT.
 */
final class SetsidCommand {
    private SetsidCommand() {}

    /**
     * Returns the command prefixed with {@code setsid} (Linux), or else with {@code perl} (macOS); both exec the
     * command, so the pid stays the same. If neither is on the path, returns the command unchanged: Redis then stops at
     * Ctrl-C, and is restarted until it is no longer needed.
     */
    static List<String> around(List<String> command, String searchPath) {
        List<Path> folders = Pattern.compile(Pattern.quote(File.pathSeparator))
                .splitAsStream(searchPath)
                .filter(folder -> !folder.isEmpty())
                .map(Path::of)
                .toList();
        List<String> wrapped = new ArrayList<>();
        for (List<String> wrapper : List.of(
                List.of("setsid"),
                List.of("perl", "-MPOSIX=setsid", "-e", "setsid(); exec {$ARGV[0]} @ARGV or die $!"))) {
            if (wrapped.isEmpty()
                    && folders.stream().anyMatch(folder -> Files.isExecutable(folder.resolve(wrapper.getFirst())))) {
                wrapped.addAll(wrapper);
            }
        }
        wrapped.addAll(command);
        return wrapped;
    }
}
