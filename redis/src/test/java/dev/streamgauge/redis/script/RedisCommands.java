package dev.streamgauge.redis.script;

import dev.streamgauge.redis.RealRedis;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The commands of the tests' Redis, as it lists them itself: {@code hset}, {@code xgroup}, {@code xgroup|create}.
 *
 * @param writing those that can change a key
 */
record RedisCommands(Set<String> all, Set<String> writing) {

    static RedisCommands of(RealRedis redis) {
        return new RedisCommands(
                names(redis.command("COMMAND", "LIST")),
                names(redis.command("COMMAND", "LIST", "FILTERBY", "ACLCAT", "write")));
    }

    private static Set<String> names(Object reply) {
        return ((List<?>) Objects.requireNonNull(reply))
                .stream().map(String::valueOf).collect(Collectors.toSet());
    }

    /** Whether it is a command only together with the word after it. */
    boolean hasSubcommands(String command) {
        return all.stream().anyMatch(each -> each.startsWith(command + "|"));
    }

    /** The name of the command that starts with these words. */
    String name(List<String> words) {
        String name = words.getFirst().toLowerCase(Locale.ROOT);
        return hasSubcommands(name) ? name + "|" + words.get(1).toLowerCase(Locale.ROOT) : name;
    }
}
