package dev.streamgauge.benchmarks.summaries;

import dev.streamgauge.testkit.RedisClient;
import java.time.Duration;
import java.util.List;

/** The longest calls of the fold script, from the slow log of Redis. */
final class LongFolds {

    /** Shorter calls are not logged. */
    private static final Duration LEAST = Duration.ofMillis(1);

    private static final int MAX_LOGGED = 10_000;

    private static final int THIRD_KEY = 5;
    private static final int FOURTH_KEY = 6;

    private final RedisClient redis;

    LongFolds(RedisClient redis) {
        this.redis = redis;
        redis.command("CONFIG", "SET", "slowlog-log-slower-than", Long.toString(LEAST.toNanos() / 1_000));
        redis.command("CONFIG", "SET", "slowlog-max-len", Integer.toString(MAX_LOGGED));
        // The child of a rewrite would share the core of Redis, so that calls wait for it.
        redis.command("CONFIG", "SET", "auto-aof-rewrite-percentage", "0");
    }

    /**
     * The longest calls of a time; zero for those that were too short to be logged.
     *
     * @param fold of the fold script
     * @param other of any other command of Streamgauge. None of them does more than a fold, so if one is that long, the
     *     machine did not run Redis for a while
     */
    record Longest(Duration fold, Duration other) {

        static final Longest NONE = new Longest(Duration.ZERO, Duration.ZERO);

        Longest or(Longest next) {
            return new Longest(longer(fold, next.fold), longer(other, next.other));
        }

        private static Duration longer(Duration one, Duration another) {
            return one.compareTo(another) > 0 ? one : another;
        }
    }

    /** Since the last call of this method. */
    Longest longest() {
        Longest longest = Longest.NONE;
        if (redis.command("SLOWLOG", "GET", Integer.toString(MAX_LOGGED)) instanceof List<?> calls) {
            for (Object call : calls) {
                List<?> fields = (List<?>) call;
                longest =
                        longest.or(longestOf((List<?>) fields.get(3), Duration.ofNanos(1_000 * (Long) fields.get(2))));
            }
        }
        redis.command("SLOWLOG", "RESET");
        return longest;
    }

    private static Longest longestOf(List<?> words, Duration time) {
        if (isFold(words)) {
            return new Longest(time, Duration.ZERO);
        }
        return words.getFirst().toString().equals("SLOWLOG") ? Longest.NONE : new Longest(Duration.ZERO, time);
    }

    /** Admission gets the key of the sweeps as its third one too, but then that of the sizes. */
    private static boolean isFold(List<?> words) {
        return words.size() > FOURTH_KEY
                && words.get(THIRD_KEY).toString().endsWith(":sweeps")
                && !words.get(FOURTH_KEY).toString().endsWith(":sizes");
    }
}
