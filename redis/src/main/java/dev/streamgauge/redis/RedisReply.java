package dev.streamgauge.redis;

import io.vertx.redis.client.Response;

/** Reads numbers of replies where a nil would be a broken promise of Redis or of our scripts. */
public final class RedisReply {

    private RedisReply() {}

    /** The reply as a number. */
    public static long number(Response reply) {
        Long number = reply.toLong();
        if (number == null) {
            throw new IllegalStateException("nil where Redis promises a number");
        }
        return number;
    }

    /** An element of the reply as a number. */
    public static long number(Response reply, int place) {
        return number(reply.get(place));
    }

    /** An element of the reply as a number that fits an int. */
    public static int count(Response reply, int place) {
        return Math.toIntExact(number(reply, place));
    }
}
