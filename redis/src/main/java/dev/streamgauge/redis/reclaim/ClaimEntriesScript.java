package dev.streamgauge.redis.reclaim;

import dev.streamgauge.core.entry.EntryWriter;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.consumer.Consumer;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.Optional;

/** Calls {@code claim_entries.lua}: takes over entries that other consumers have read and left idle. */
public final class ClaimEntriesScript {

    private static final RedisScript SCRIPT = RedisScript.load("claim_entries.lua");

    private static final String CLAIMED = "CLAIMED";

    /** Before the first entry. */
    private static final String START = "-";

    /** Pending entries that one call checks. */
    private static final int PAGE = 100;

    /** A hundred years: no entry has been idle for longer. */
    private static final long FOREVER_MILLIS = 3_155_760_000_000L;

    private final Consumer consumer;

    public ClaimEntriesScript(Consumer consumer) {
        this.consumer = consumer;
    }

    /** Takes over all entries of a partition that were left idle for at least that long. */
    public Claims call(int partition, Duration minIdle) {
        Claims claims = Claims.NONE;
        String after = START;
        while (!after.isEmpty()) {
            Response answer = consumer.call(
                    SCRIPT, arguments(partition, minIdle.toMillis(), PAGE, EntryWriter.VERSION, after), CLAIMED);
            claims = claims.plus(
                    new Claims(RedisReply.count(answer, 1), RedisReply.count(answer, 2), RedisReply.count(answer, 3)));
            after = answer.get(4).toString();
        }
        return claims;
    }

    /**
     * Why nothing can be folded in a partition: one of the partition's own keys holds unexpected data. Empty if folding
     * is possible, or only the group is missing.
     */
    public Optional<String> findFlaw(int partition) {
        // No entry has been idle for that long, so the call only checks the keys that every call needs.
        Response answer = consumer.call(SCRIPT, arguments(partition, FOREVER_MILLIS, 1, 0, START));
        return Optional.of(answer)
                .filter(flawed -> flawed.get(0).toString().equals("BROKEN"))
                .map(flawed -> flawed.get(1).toString())
                .filter(message -> !message.startsWith("NOGROUP"));
    }

    private RedisScript.Arguments arguments(
            int partition, long minIdleMillis, int page, int newestVersion, String after) {
        RedisScript.Arguments arguments = consumer.arguments(partition);
        arguments.declare(consumer.keyspace().totals(partition));
        return arguments
                .add(consumer.name())
                .add(minIdleMillis)
                .add(page)
                .add(newestVersion)
                .add(after);
    }
}
