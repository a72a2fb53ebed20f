package dev.streamgauge.redis.store;

import java.util.Map;
import java.util.stream.Collectors;

/** What the command {@code INFO} answers: {@code name:value} lines, and comments. */
final class InfoText {

    private InfoText() {}

    /** The values by name. */
    static Map<String, String> parse(String text) {
        return text.lines()
                .filter(line -> line.indexOf(':') > 0)
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.indexOf(':')),
                        line -> line.substring(line.indexOf(':') + 1),
                        (first, second) -> first));
    }
}
