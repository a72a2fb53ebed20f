package dev.streamgauge.redis.fold;

import dev.streamgauge.core.aggregation.FoldBatch;
import dev.streamgauge.core.aggregation.FoldBatch.FamilyDeltas;
import dev.streamgauge.core.aggregation.FoldBatch.TenantDeltas;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.EntryReader;
import dev.streamgauge.core.stream.EntryWriter;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisLink;
import dev.streamgauge.redis.RedisLinks;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The connection of one consumer, on which it reads entries and folds them, and which nothing else uses.
 *
 * <p>A batch must be folded on the connection it was read from: after a failover another server may give the same ids to
 * other entries. So after any failure that is not an {@linkplain RedisFailure#isAnswer answer}, drop every batch, close,
 * open a new connection, and read what is still pending for this consumer. Never repeat a fold.
 *
 * <p>All methods block, up to the deadline of a call, and throw {@link RedisFailure}. Not thread-safe.
 */
public final class FoldConnection implements AutoCloseable {

    private static final RedisScript FOLD = RedisScript.load("fold_batch.lua");
    private static final RedisScript BURY = RedisScript.load("bury_entry.lua");
    private static final RedisScript CLAIM = RedisScript.load("claim_entries.lua");
    private static final RedisScript REMOVE = RedisScript.load("remove_consumer.lua");

    /** Dead letters kept in a partition. */
    private static final int MAX_DEAD_LETTERS = 1_000;

    /** Entries that one call looks at when taking over. */
    private static final int CLAIM_PAGE = 100;

    private final RedisLink link;
    private final Keyspace keyspace;
    private final String consumer;
    private final Duration deadline;

    private FoldConnection(RedisLink link, Keyspace keyspace, String consumer, Duration deadline) {
        this.link = link;
        this.keyspace = keyspace;
        this.consumer = consumer;
        this.deadline = deadline;
    }

    /**
     * Connects.
     *
     * @param consumer the consumer's name, unique among processes
     */
    public static FoldConnection open(RedisLinks links, Keyspace keyspace, String consumer) {
        RedisLink link = links.open().await().indefinitely(); // has a deadline of its own
        return new FoldConnection(link, keyspace, consumer, links.deadline());
    }

    /**
     * Entries that no consumer has read yet, by partition, in the streams' order. Waits for the first one for half the
     * deadline at most.
     *
     * @param count most entries of each partition
     */
    public Map<Integer, List<ReadEntry>> readNew(int count) {
        Request request = Request.cmd(Command.XREADGROUP)
                .arg("GROUP")
                .arg(Keyspace.GROUP)
                .arg(consumer)
                .arg("COUNT")
                .arg(count)
                .arg("BLOCK")
                .arg(Math.max(1, deadline.toMillis() / 2))
                .arg("STREAMS");
        for (int partition = 0; partition < keyspace.partitions(); partition++) {
            request.arg(keyspace.stream(partition));
        }
        for (int partition = 0; partition < keyspace.partitions(); partition++) {
            request.arg(">");
        }
        Response streams = await(link.send(request));
        Map<Integer, List<ReadEntry>> read = new TreeMap<>();
        if (streams != null) {
            for (Response stream : streams) {
                read.put(partitionOf(stream.get(0).toString()), entries(stream.get(1)));
            }
        }
        return read;
    }

    /** Entries of a partition that this consumer has read and not folded, after that id, in the stream's order. */
    public List<ReadEntry> readOwn(int partition, EntryId after, int count) {
        Response streams = await(link.send(Request.cmd(Command.XREADGROUP)
                .arg("GROUP")
                .arg(Keyspace.GROUP)
                .arg(consumer)
                .arg("COUNT")
                .arg(count)
                .arg("STREAMS")
                .arg(keyspace.stream(partition))
                .arg(after.toString())));
        return streams == null ? List.of() : entries(streams.get(0).get(1));
    }

    /** Folds a batch whose entries were read on this connection. */
    public FoldAnswer fold(int partition, FoldBatch batch) {
        RedisScript.Arguments arguments = arguments(partition);
        arguments.declare(keyspace.totals(partition));
        arguments.add(Keyspace.GROUP).add(consumer).add(batch.entries().size());
        batch.entries().stream().sorted().forEach(id -> arguments.add(id.toString()));
        arguments.add(batch.tenants().size());
        batch.tenants().forEach(tenant -> addTenant(arguments, tenant));
        Response answer = answer(FOLD.call(link::send, arguments));
        return switch (answer.get(0).toString()) {
            case "FOLDED" -> new FoldAnswer.Folded(RedisReply.count(answer, 1));
            case "STALE" -> new FoldAnswer.Stale(EntryId.parse(answer.get(1).toString()));
            case "NOGROUP" -> new FoldAnswer.NoGroup();
            default -> new FoldAnswer.Broken(answer.get(1).toString());
        };
    }

    private void addTenant(RedisScript.Arguments arguments, TenantDeltas tenant) {
        arguments.addKey(keyspace.tenantTotals(tenant.tenant()));
        arguments.add(tenant.samples()).add(tenant.entries());
        arguments.add(tenant.families().size());
        for (FamilyDeltas family : tenant.families()) {
            arguments.addKey(keyspace.family(tenant.tenant(), family.family().name()));
            arguments.add(String.valueOf(family.family().type().code()));
            arguments.add(family.series().size());
            // A map that nobody changes gives its keys and values in the same order.
            family.series().keySet().forEach(labels -> arguments.add(labels.bytes()));
            family.series().values().forEach(delta -> arguments.add(delta.packed()));
        }
    }

    /** What became of an entry that was to be buried. */
    public enum Burial {
        /** It is a dead letter now. */
        BURIED,
        /** It was deleted from outside; it is counted as lost. */
        LOST,
        /** It is no longer pending for this consumer. */
        STALE,
        /** A key holds something foreign; nothing was changed. */
        BROKEN
    }

    /**
     * Moves an entry that can never be folded to the dead letters.
     *
     * @param reason a word for operators and tenants
     */
    public Burial bury(int partition, ReadEntry entry, String reason) {
        Optional<EntryReader.Header> header = entry.payload().flatMap(EntryReader::header);
        RedisScript.Arguments arguments = arguments(partition);
        arguments.declare(keyspace.totals(partition));
        arguments.declare(keyspace.deadLetters(partition));
        header.ifPresent(known -> arguments.declare(keyspace.tenantTotals(known.tenant())));
        arguments
                .add(Keyspace.GROUP)
                .add(consumer)
                .add(entry.id().toString())
                .add(header.map(EntryReader.Header::samples).orElse(0))
                .add(reason)
                .add(MAX_DEAD_LETTERS);
        return Burial.valueOf(answer(BURY.call(link::send, arguments)).get(0).toString());
    }

    /**
     * What taking over brought.
     *
     * @param claimed entries that are pending for this consumer now
     * @param unreadable entries left where they are, since their version is unknown here
     * @param lost entries that were deleted from outside
     */
    public record Claims(int claimed, int unreadable, int lost) {}

    /** Takes over entries of a partition that other consumers read and left for that long. */
    public Claims claim(int partition, Duration minIdle) {
        int claimed = 0;
        int unreadable = 0;
        int lost = 0;
        String after = "-";
        while (!after.isEmpty()) {
            RedisScript.Arguments arguments = arguments(partition);
            arguments.declare(keyspace.totals(partition));
            arguments
                    .add(Keyspace.GROUP)
                    .add(consumer)
                    .add(minIdle.toMillis())
                    .add(CLAIM_PAGE)
                    .add(EntryWriter.VERSION)
                    .add(after);
            Response answer = answer(CLAIM.call(link::send, arguments));
            if (!answer.get(0).toString().equals("CLAIMED")) {
                throw new RedisFailure(RedisFailure.Kind.ERROR, answer.get(1).toString());
            }
            claimed += RedisReply.count(answer, 1);
            unreadable += RedisReply.count(answer, 2);
            lost += RedisReply.count(answer, 3);
            after = answer.get(4).toString();
        }
        return new Claims(claimed, unreadable, lost);
    }

    /** Removes consumers of a partition that have nothing pending and did nothing for that long. */
    public void removeIdleConsumers(int partition, Duration minIdle) {
        Response consumers = answer(link.send(Request.cmd(Command.XINFO)
                .arg("CONSUMERS")
                .arg(keyspace.stream(partition))
                .arg(Keyspace.GROUP)));
        for (Response row : consumers) {
            String name = row.get(1).toString();
            long idleMillis = RedisReply.number(row, 5);
            if (!name.equals(consumer) && idleMillis > minIdle.toMillis()) {
                removeConsumer(partition, name);
            }
        }
    }

    /** Removes this consumer, wherever it has nothing pending. */
    public void leave() {
        for (int partition = 0; partition < keyspace.partitions(); partition++) {
            removeConsumer(partition, consumer);
        }
    }

    private void removeConsumer(int partition, String name) {
        answer(REMOVE.call(link::send, arguments(partition).add(Keyspace.GROUP).add(name)));
    }

    /** Creates the groups that are missing, from the beginning of their streams, so that no entry is passed over. */
    public void createGroups() {
        for (int partition = 0; partition < keyspace.partitions(); partition++) {
            Request request = Request.cmd(Command.XGROUP)
                    .arg("CREATE")
                    .arg(keyspace.stream(partition))
                    .arg(Keyspace.GROUP)
                    .arg("0")
                    .arg("MKSTREAM");
            try {
                answer(link.send(request));
            } catch (RedisFailure failure) {
                boolean exists = failure.getMessage().startsWith("BUSYGROUP")
                        || (failure.kind() == RedisFailure.Kind.FULL && hasGroup(partition));
                if (!exists) {
                    throw failure;
                }
            }
        }
    }

    /** A full Redis refuses to create even a group that exists; yet an aggregator must be able to start and drain it. */
    private boolean hasGroup(int partition) {
        try {
            answer(link.send(Request.cmd(Command.XPENDING)
                    .arg(keyspace.stream(partition))
                    .arg(Keyspace.GROUP)));
            return true;
        } catch (RedisFailure failure) {
            if (failure.getMessage().startsWith("NOGROUP")) {
                return false;
            }
            throw failure;
        }
    }

    @Override
    public void close() {
        link.close();
    }

    private RedisScript.Arguments arguments(int partition) {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace.stream(partition));
        return arguments;
    }

    private int partitionOf(String stream) {
        return Integer.parseInt(stream, stream.indexOf('{') + 1, stream.indexOf('}'), 10);
    }

    private static List<ReadEntry> entries(Response rows) {
        List<ReadEntry> entries = new ArrayList<>(rows.size());
        for (Response row : rows) {
            Response fields = row.get(1);
            Optional<byte[]> payload = fields == null || fields.size() < 2
                    ? Optional.empty()
                    : Optional.of(fields.get(1).toBytes());
            entries.add(new ReadEntry(EntryId.parse(row.get(0).toString()), payload));
        }
        return entries;
    }

    private static Response answer(Uni<Response> call) {
        Response answer = await(call);
        if (answer == null) {
            throw new RedisFailure(RedisFailure.Kind.ERROR, "nil where an answer was due");
        }
        return answer;
    }

    private static @Nullable Response await(Uni<Response> call) {
        return call.await().indefinitely(); // the link has the deadline
    }
}
