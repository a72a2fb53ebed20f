package dev.streamgauge.redis.consumer;

import dev.streamgauge.core.stream.EntryId;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the entries that a reply of Redis lists. */
final class EntryRows {

    private static final String PAYLOAD_FIELD = "p";

    private EntryRows() {}

    /** The entries of a reply, from that element on. */
    static List<ReadEntry> entries(Response rows, int from) {
        List<ReadEntry> entries = new ArrayList<>(rows.size());
        for (int i = from; i < rows.size(); i++) {
            Response row = rows.get(i);
            entries.add(new ReadEntry(
                    EntryId.parse(row.get(0).toString()),
                    Optional.ofNullable(row.get(1)).map(EntryRows::payload)));
        }
        return entries;
    }

    /** The value of our field; any other field was written by another program. */
    private static byte[] payload(Response fields) {
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            if (fields.get(i).toString().equals(PAYLOAD_FIELD)) {
                return fields.get(i + 1).toBytes();
            }
        }
        return new byte[0];
    }
}
