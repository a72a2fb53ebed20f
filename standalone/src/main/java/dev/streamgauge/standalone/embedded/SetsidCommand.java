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
 * <p>Ctrl-C goes to all processes of the terminal's foreground group. A redis-server in it would leave at once, while
 * the requests and the batch in hand still need it; and it cannot be told to ignore SIGINT.
 */
final class SetsidCommand {
    private SetsidCommand() {}

    /**
     * Returns the command behind {@code setsid} (Linux) or else {@code perl} (macOS); both turn into the command, so
     * that the pid stays. Where neither is found, the command as it is: then Redis leaves at Ctrl-C, and is started
     * again until it is no longer needed.
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
