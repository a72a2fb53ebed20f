package dev.streamgauge.standalone.embedded;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * How the embedded redis-server is told what to do: the text of its redis.conf and its arguments.
 *
 * @param port the loopback port
 * @param password what every client has to send; letters and digits
 */
record RedisConfiguration(DataFolder folder, int port, String password, String maxMemory) {
    /** Far above what our own clients open, and what Redis takes by default. */
    private static final int MAX_CLIENTS = 10_000;

    /** Builds the text of redis.conf. */
    String text() {
        // With a default locale of other digits, Redis could not read the numbers.
        return String.format(
                Locale.ROOT,
                """
                # Written again at each start of Streamgauge; a change made here is lost.
                bind 127.0.0.1
                port %d
                requirepass %s
                dir %s
                pidfile %s
                logfile %s
                daemonize no
                # Keeps the arguments readable for the next start, should it find this server left behind.
                set-proc-title no
                # An answered write is on disk.
                appendonly yes
                appendfsync always
                no-appendfsync-on-rewrite no
                aof-load-truncated yes
                save ""
                # When full, writes are rejected, and nothing is evicted.
                maxmemory %s
                maxmemory-policy noeviction
                hash-max-listpack-entries 64
                maxclients %d
                """,
                port,
                password,
                quoted(folder.redisDirectory()),
                quoted(folder.redisPidFile()),
                quoted(folder.redisLog()),
                maxMemory,
                MAX_CLIENTS);
    }

    /** Returns the arguments of redis-server; the pid file makes them unique to us, see {@link OrphanedRedis}. */
    static List<String> arguments(DataFolder folder) {
        return List.of(
                literal(folder.redisConfiguration()),
                "--pidfile",
                folder.redisPidFile().toString());
    }

    /** Quotes as the parser of redis.conf wants it. */
    private static String quoted(Path path) {
        StringBuilder text = new StringBuilder("\"");
        for (char c : path.toString().toCharArray()) {
            switch (c) {
                case '"', '\\' -> text.append('\\').append(c);
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                default -> text.append(c);
            }
        }
        return text.append('"').toString();
    }

    /**
     * Redis takes a path with one of {@code *?[} for a pattern, and where that matches nothing starts without any
     * configuration: on the default port, and keeping nothing.
     */
    private static String literal(Path path) {
        String text = path.toString();
        boolean pattern = text.chars().anyMatch(c -> "*?[".indexOf(c) >= 0);
        return pattern ? text.replaceAll("[\\\\*?\\[\\]]", "\\\\$0") : text;
    }
}
