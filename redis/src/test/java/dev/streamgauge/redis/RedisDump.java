package dev.streamgauge.redis;

import dev.streamgauge.testkit.RedisClient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;

/**
 * A whole database as text: keys in order, each with its type and all it holds, so that two dumps are equal exactly if
 * nothing was changed. For a stream this includes its last id, its groups, and the consumer of each pending entry with
 * the number of deliveries. It does not include the idle time, which changes by itself.
 *
 * <pre>
 * sg:{0}:stream stream last=5-0
 *   5-0 p=\x01
 *   group aggregators last=5-0
 *   held 5-0 by worker, 1 times
 * sg:{0}:totals hash
 *   accepted=1
 * </pre>
 */
final class RedisDump {

    private static final String MANY = "1000000";

    private final RedisClient redis;
    private final StringBuilder text = new StringBuilder();

    private RedisDump(RedisClient redis) {
        this.redis = redis;
    }

    static String of(RedisClient redis) {
        RedisDump dump = new RedisDump(redis);
        List<byte[]> keys = new ArrayList<>();
        dump.list("KEYS", "*").forEach(key -> keys.add((byte[]) key));
        keys.sort(Arrays::compareUnsigned);
        keys.forEach(key -> dump.addKey(printable(key)));
        return dump.text.toString();
    }

    private void addKey(String key) {
        String type = String.valueOf(redis.command("TYPE", key));
        text.append(key).append(' ').append(type);
        if (!Objects.equals(redis.command("PTTL", key), -1L)) {
            text.append(" expires");
        }
        switch (type) {
            case "string" -> line(printable((byte[]) Objects.requireNonNull(redis.commandBytes("GET", key))));
            case "hash" -> addHash(key);
            case "list" -> list("LRANGE", key, "0", "-1").forEach(value -> line(printable((byte[]) value)));
            case "set" -> list("SORT", key, "ALPHA").forEach(value -> line(printable((byte[]) value)));
            case "zset" ->
                list("ZRANGE", key, "0", "-1", "WITHSCORES").forEach(value -> line(printable((byte[]) value)));
            case "stream" -> addStream(key);
            default -> throw new IllegalStateException(type + " " + key + ": cannot be dumped");
        }
        text.append('\n');
    }

    private void addHash(String key) {
        List<?> pairs = list("HGETALL", key);
        TreeSet<String> fields = new TreeSet<>();
        for (int i = 0; i < pairs.size(); i += 2) {
            fields.add(printable((byte[]) pairs.get(i)) + "=" + printable((byte[]) pairs.get(i + 1)));
        }
        fields.forEach(this::line);
    }

    private void addStream(String key) {
        List<?> stream = list("XINFO", "STREAM", key);
        text.append(" last=").append(entry(stream, "last-generated-id"));
        for (Object row : list("XRANGE", key, "-", "+")) {
            List<?> entry = (List<?>) row;
            StringBuilder line = new StringBuilder(printable((byte[]) entry.get(0)));
            List<?> fields = (List<?>) entry.get(1);
            for (int i = 0; i < fields.size(); i += 2) {
                line.append(' ').append(printable((byte[]) fields.get(i)));
                line.append('=').append(printable((byte[]) fields.get(i + 1)));
            }
            line(line.toString());
        }
        for (Object group : list("XINFO", "GROUPS", key)) {
            String name = entry((List<?>) group, "name");
            line("group " + name + " last=" + entry((List<?>) group, "last-delivered-id"));
            for (Object row : list("XPENDING", key, name, "-", "+", MANY)) {
                List<?> held = (List<?>) row;
                line("held " + printable((byte[]) held.get(0)) + " by " + printable((byte[]) held.get(1)) + ", "
                        + held.get(3) + " times");
            }
        }
    }

    private List<?> list(String... words) {
        return (List<?>) Objects.requireNonNull(redis.commandBytes(words));
    }

    private void line(String line) {
        text.append("\n  ").append(line);
    }

    /** The value after a name in a reply of name, value, name, value. */
    private static String entry(List<?> pairs, String name) {
        for (int i = 0; i < pairs.size(); i += 2) {
            if (printable((byte[]) pairs.get(i)).equals(name)) {
                return printable((byte[]) pairs.get(i + 1));
            }
        }
        throw new IllegalStateException("no " + name);
    }

    private static String printable(byte[] bytes) {
        StringBuilder text = new StringBuilder(bytes.length);
        for (byte each : bytes) {
            if (each >= ' ' && each < 0x7f && each != '\\') {
                text.append((char) each);
            } else {
                text.append(String.format("\\x%02x", each));
            }
        }
        return text.toString();
    }
}
