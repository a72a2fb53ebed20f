package dev.streamgauge.redis.reclaim;

import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.consumer.Consumer;
import java.util.Collection;
import java.util.List;

/** Calls {@code keep_entries.lua}: resets the idle time of entries that are pending for this consumer. */
public final class KeepEntriesScript {

    private static final RedisScript SCRIPT = RedisScript.load("keep_entries.lua");

    /** Entries whose idle time one call resets. */
    private static final int PAGE = 500;

    private final Consumer consumer;

    public KeepEntriesScript(Consumer consumer) {
        this.consumer = consumer;
    }

    /** Returns the number of those entries that are still pending for this consumer. */
    public int call(int partition, Collection<EntryId> entries) {
        int kept = 0;
        List<EntryId> ids = List.copyOf(entries);
        for (int from = 0; from < ids.size(); from += PAGE) {
            RedisScript.Arguments arguments = consumer.arguments(partition).add(consumer.name());
            ids.subList(from, Math.min(ids.size(), from + PAGE)).forEach(id -> arguments.add(id.toString()));
            kept += RedisReply.count(consumer.call(SCRIPT, arguments, "KEPT"), 1);
        }
        return kept;
    }
}
