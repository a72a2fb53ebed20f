package dev.streamgauge.redis.registry;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Reads a hash in pages, so that no call blocks Redis for long. A field may be on two pages while the hash changes, and a
 * page may be empty. A small hash, of up to 128 fields by default, comes as one page.
 */
public final class HashScan {

    private HashScan() {}

    /**
     * Asks for a page.
     *
     * @param cursor {@link SeriesPage#END} for the first page, else that of the page before
     * @param count about how many fields the page should have
     */
    public static Request request(String key, String cursor, int count) {
        return Request.cmd(Command.HSCAN).arg(key).arg(cursor).arg("COUNT").arg(count);
    }

    /** Where the page after this one begins, or {@link SeriesPage#END}. */
    public static String cursor(Response page) {
        return page.get(0).toString();
    }

    /** The fields of a page, each made from its name and its value. */
    public static <T> List<T> fields(Response page, BiFunction<byte[], byte[], T> field) {
        Response pairs = page.get(1);
        List<T> fields = new ArrayList<>(pairs.size() / 2);
        for (int i = 0; i < pairs.size(); i += 2) {
            fields.add(field.apply(pairs.get(i).toBytes(), pairs.get(i + 1).toBytes()));
        }
        return fields;
    }
}
