package dev.streamgauge.redis.consumer;

import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisScript;
import io.vertx.redis.client.Response;

/** Calls {@code create_group.lua}: the group exists then, from the beginning of its stream. */
public final class CreateGroupScript {

    private static final RedisScript SCRIPT = RedisScript.load("create_group.lua");

    private final Consumer consumer;

    public CreateGroupScript(Consumer consumer) {
        this.consumer = consumer;
    }

    public void call(int partition) {
        Response answer = consumer.call(SCRIPT, consumer.arguments(partition));
        if (answer.get(0).toString().equals("BROKEN")) {
            throw new RedisFailure(RedisFailure.Kind.ERROR, answer.get(1).toString());
        }
    }
}
