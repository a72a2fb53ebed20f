package dev.streamgauge.redis.reclaim;

import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import dev.streamgauge.redis.consumer.Consumer;

/** Calls {@code count_orphans.lua}: samples that are pending forever, because another program deleted their entries. */
public final class CountOrphansScript {

    private static final RedisScript SCRIPT = RedisScript.load("count_orphans.lua");

    private final Consumer consumer;

    public CountOrphansScript(Consumer consumer) {
        this.consumer = consumer;
    }

    /** Returns their number in a partition that has no other backlog; otherwise 0. */
    public long call(int partition) {
        RedisScript.Arguments arguments = consumer.arguments(partition);
        arguments.declare(consumer.keyspace().totals(partition));
        return RedisReply.number(consumer.call(SCRIPT, arguments, "COUNTED"), 1);
    }
}
