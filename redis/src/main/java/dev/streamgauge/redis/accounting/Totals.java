package dev.streamgauge.redis.accounting;

import dev.streamgauge.redis.RedisReply;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Some numbers of a hash of totals. */
public final class Totals {

    /** None at all. */
    static final Totals NONE = new Totals(Map.of());

    private final Map<Total, Long> values;

    private Totals(Map<Total, Long> values) {
        this.values = values;
    }

    /** Reads those numbers of the hash; to be answered to {@link #of}. */
    public static Request request(String key, List<Total> totals) {
        Request request = Request.cmd(Command.HMGET).arg(key);
        totals.forEach(total -> request.arg(total.field()));
        return request;
    }

    /**
     * The numbers that were read.
     *
     * @param totals as in the request
     * @param reply to the request; it may have more fields after those
     */
    public static Totals of(List<Total> totals, Response reply) {
        Map<Total, Long> values = new EnumMap<>(Total.class);
        for (int i = 0; i < totals.size(); i++) {
            if (reply.get(i) != null) {
                values.put(totals.get(i), RedisReply.number(reply, i));
            }
        }
        return new Totals(values);
    }

    /** One of them; 0 if it is missing. */
    public long get(Total total) {
        return values.getOrDefault(total, 0L);
    }
}
