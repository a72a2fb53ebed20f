package dev.streamgauge.redis.consumer;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;

/** Calls {@code remove_consumer.lua}: removes consumers that have nothing pending. */
public final class RemoveConsumerScript {

    private static final RedisScript SCRIPT = RedisScript.load("remove_consumer.lua");

    private final Consumer consumer;

    public RemoveConsumerScript(Consumer consumer) {
        this.consumer = consumer;
    }

    /** Removes the other consumers of a partition that did nothing for that long. */
    public void callForIdle(int partition, Duration minIdle) {
        Response consumers = consumer.call(Request.cmd(Command.XINFO)
                .arg("CONSUMERS")
                .arg(consumer.keyspace().stream(partition))
                .arg(Keyspace.GROUP));
        for (Response row : consumers) {
            String name = row.get(1).toString();
            long idleMillis = RedisReply.number(row, 5);
            if (!name.equals(consumer.name()) && idleMillis > minIdle.toMillis()) {
                call(partition, name);
            }
        }
    }

    /** Removes this consumer from a partition. */
    public void callForSelf(int partition) {
        call(partition, consumer.name());
    }

    private void call(int partition, String name) {
        consumer.call(SCRIPT, consumer.arguments(partition).add(name));
    }
}
