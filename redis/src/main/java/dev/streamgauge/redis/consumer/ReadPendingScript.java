package dev.streamgauge.redis.consumer;

import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.redis.RedisScript;
import java.util.List;

/** Calls {@code read_pending.lua}: the entries that are pending for this consumer. */
public final class ReadPendingScript {

    private static final RedisScript SCRIPT = RedisScript.load("read_pending.lua");

    private final Consumer consumer;

    public ReadPendingScript(Consumer consumer) {
        this.consumer = consumer;
    }

    /** Entries of a partition after an id, in the stream's order. Does not reset their idle time. */
    public List<ReadEntry> call(int partition, EntryId after, int count) {
        RedisScript.Arguments arguments = consumer.arguments(partition)
                .add(consumer.name())
                .add(after.toString())
                .add(count);
        return EntryRows.entries(consumer.call(SCRIPT, arguments, "READ"), 1);
    }
}
