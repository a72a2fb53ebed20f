package dev.streamgauge.redis.consumer;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads entries that no consumer has read yet, which makes them pending for this one.
 *
 * <p>All methods block, up to the deadline of a call, and throw {@link RedisFailure}. Not thread-safe.
 */
public final class StreamReader {

    private static final long NO_WAIT = 0;

    private final Consumer consumer;

    public StreamReader(Consumer consumer) {
        this.consumer = consumer;
    }

    /**
     * Entries by partition, in the streams' order. Waits for the first one for half the deadline at most.
     *
     * @param partitions at least one; a key of theirs that is no stream fails the call
     * @param count most entries of each partition
     */
    public Map<Integer, List<ReadEntry>> readNew(Collection<Integer> partitions, int count) {
        return read(partitions, count, Math.max(1, consumer.deadline().toMillis() / 2));
    }

    /** Entries of one partition, in the stream's order; none if there are none now. */
    public List<ReadEntry> readMore(int partition, int count) {
        return read(List.of(partition), count, NO_WAIT).getOrDefault(partition, List.of());
    }

    private Map<Integer, List<ReadEntry>> read(Collection<Integer> partitions, int count, long waitMillis) {
        Request request = Request.cmd(Command.XREADGROUP)
                .arg("GROUP")
                .arg(Keyspace.GROUP)
                .arg(consumer.name())
                .arg("COUNT")
                .arg(count);
        if (waitMillis > NO_WAIT) {
            request.arg("BLOCK").arg(waitMillis);
        }
        request.arg("STREAMS");
        partitions.forEach(partition -> request.arg(consumer.keyspace().stream(partition)));
        partitions.forEach(partition -> request.arg(">"));
        Response streams = consumer.callForNullable(request);
        Map<Integer, List<ReadEntry>> read = new TreeMap<>();
        if (streams != null) {
            for (Response stream : streams) {
                read.put(partitionOf(stream.get(0).toString()), EntryRows.entries(stream.get(1), 0));
            }
        }
        return read;
    }

    private static int partitionOf(String stream) {
        return Integer.parseInt(stream, stream.indexOf('{') + 1, stream.indexOf('}'), 10);
    }
}
