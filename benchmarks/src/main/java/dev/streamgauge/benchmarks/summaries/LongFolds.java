package dev.streamgauge.benchmarks.summaries;

import dev.streamgauge.testkit.RedisClient;
import java.time.Duration;
import java.util.List;

/** The longest call of the fold script, from the slow log of Redis. */
final class LongFolds {

    /** Shorter calls are not logged. */
    private static final Duration LEAST = Duration.ofMillis(1);

    private static final int MAX_LOGGED = 10_000;

    /** No other script gets the key of the sweeps as its third one. */
    private static final int THIRD_KEY = 5;

    private static final String SWEEPS = ":sweeps";

    private final RedisClient redis;

    LongFolds(RedisClient redis) {
        this.redis = redis;
        redis.command("CONFIG", "SET", "slowlog-log-slower-than", Long.toString(LEAST.toNanos() / 1_000));
        redis.command("CONFIG", "SET", "slowlog-max-len", Integer.toString(MAX_LOGGED));
    }

    /** The longest since the last call of this method; zero if none was long enough to be logged. */
    Duration longest() {
        long longestMicros = 0;
        if (redis.command("SLOWLOG", "GET", Integer.toString(MAX_LOGGED)) instanceof List<?> calls) {
            for (Object call : calls) {
                List<?> fields = (List<?>) call;
                List<?> words = (List<?>) fields.get(3);
                if (words.size() > THIRD_KEY
                        && String.valueOf(words.get(THIRD_KEY)).endsWith(SWEEPS)) {
                    longestMicros = Math.max(longestMicros, (Long) fields.get(2));
                }
            }
        }
        redis.command("SLOWLOG", "RESET");
        return Duration.ofNanos(1_000 * longestMicros);
    }
}
