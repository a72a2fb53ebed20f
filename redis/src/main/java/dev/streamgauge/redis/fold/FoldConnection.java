package dev.streamgauge.redis.fold;

import dev.streamgauge.core.aggregation.FoldBatch;
import dev.streamgauge.core.aggregation.FoldBatch.FamilyDeltas;
import dev.streamgauge.core.aggregation.FoldBatch.TenantDeltas;
import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.core.stream.EntryReader;
import dev.streamgauge.core.stream.EntryWriter;
import dev.streamgauge.core.stream.FoldUnits;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnection;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.RedisScript;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The connection of one consumer, on which it reads entries and folds them, and which nothing else uses.
 *
 * <p>A batch must be folded on the connection it was read from: after a failover another server may give the same ids
 * to other entries. After any failure that is not an {@linkplain RedisFailure#isAnswer answer}, drop every batch,
 * close, open a new connection, and read the entries that are still pending for this consumer. Never repeat a fold.
 *
 * <p>All methods block, up to the deadline of a call, and throw {@link RedisFailure}. Not thread-safe.
 */
public final class FoldConnection implements AutoCloseable {

    private static final RedisScript FOLD = RedisScript.load("fold_batch.lua");
    private static final RedisScript DEAD_LETTER = RedisScript.load("dead_letter_entry.lua");
    private static final RedisScript CLAIM = RedisScript.load("claim_entries.lua");
    private static final RedisScript COUNT_ORPHANS = RedisScript.load("count_orphans.lua");
    private static final RedisScript CREATE_GROUP = RedisScript.load("create_group.lua");
    private static final RedisScript KEEP = RedisScript.load("keep_entries.lua");
    private static final RedisScript READ_PENDING = RedisScript.load("read_pending.lua");
    private static final RedisScript REMOVE = RedisScript.load("remove_consumer.lua");

    /** Dead letters kept in a partition. */
    private static final int MAX_DEAD_LETTERS = 1_000;

    /** Dead letters kept of a tenant, for itself to read. */
    private static final int MAX_TENANT_DEAD_LETTERS = 100;

    /** Bounds of the names that a dead letter gives its tenant. */
    private static final int MAX_METRICS = 20;

    private static final int MAX_METRICS_LENGTH = 4_000;

    /** Separates names. A name that contains it, or another invalid character, was never admitted. */
    private static final String METRICS_SEPARATOR = ",";

    private static final Pattern METRIC = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");

    private static final String PAYLOAD_FIELD = "p";

    /** Pending entries that one claim call checks. */
    private static final int CLAIM_PAGE = 100;

    /** A hundred years: no entry has been idle for longer. */
    private static final long FOREVER_MILLIS = 3_155_760_000_000L;

    /** Entries whose idle time one call resets. */
    private static final int KEEP_PAGE = 500;

    private static final long NO_WAIT = 0;

    /** A single entry cannot be split, so it is folded whatever it costs. */
    private static final int ANY_UNITS = 0;

    private final RedisConnection connection;
    private final Keyspace keyspace;
    private final String consumer;
    private final Duration deadline;
    private final Runnable onReply;
    private int foldedUnits;

    private FoldConnection(
            RedisConnection connection, Keyspace keyspace, String consumer, Duration deadline, Runnable onReply) {
        this.connection = connection;
        this.keyspace = keyspace;
        this.consumer = consumer;
        this.deadline = deadline;
        this.onReply = onReply;
    }

    /**
     * Connects.
     *
     * @param consumer the consumer's name, unique among processes
     */
    public static FoldConnection open(RedisConnections connections, Keyspace keyspace, String consumer) {
        return open(connections, keyspace, consumer, () -> {});
    }

    /**
     * Connects.
     *
     * @param consumer the consumer's name, unique among processes
     * @param onReply is run after each reply of Redis, since one method may need many calls
     */
    public static FoldConnection open(
            RedisConnections connections, Keyspace keyspace, String consumer, Runnable onReply) {
        RedisConnection connection = connections.open().await().indefinitely(); // has a deadline of its own
        return new FoldConnection(connection, keyspace, consumer, connections.deadline(), onReply);
    }

    /**
     * Entries that no consumer has read yet, by partition, in the streams' order. Waits for the first one for half the
     * deadline at most.
     *
     * @param count most entries of each partition
     */
    public Map<Integer, List<ReadEntry>> readNew(int count) {
        return readNew(allPartitions(), count);
    }

    /**
     * Likewise, of those partitions alone: a key that is no stream would fail the call for all others.
     *
     * @param partitions at least one
     */
    public Map<Integer, List<ReadEntry>> readNew(Collection<Integer> partitions, int count) {
        return read(partitions, count, Math.max(1, deadline.toMillis() / 2));
    }

    /** Entries of a partition that no consumer has read yet, in the stream's order; none if there are none now. */
    public List<ReadEntry> readMore(int partition, int count) {
        return read(List.of(partition), count, NO_WAIT).getOrDefault(partition, List.of());
    }

    private Map<Integer, List<ReadEntry>> read(Collection<Integer> partitions, int count, long waitMillis) {
        Request request = Request.cmd(Command.XREADGROUP)
                .arg("GROUP")
                .arg(Keyspace.GROUP)
                .arg(consumer)
                .arg("COUNT")
                .arg(count);
        if (waitMillis > NO_WAIT) {
            request.arg("BLOCK").arg(waitMillis);
        }
        request.arg("STREAMS");
        partitions.forEach(partition -> request.arg(keyspace.stream(partition)));
        partitions.forEach(partition -> request.arg(">"));
        Response streams = await(connection.send(request));
        Map<Integer, List<ReadEntry>> read = new TreeMap<>();
        if (streams != null) {
            for (Response stream : streams) {
                read.put(partitionOf(stream.get(0).toString()), entries(stream.get(1), 0));
            }
        }
        return read;
    }

    /**
     * Entries of a partition that this consumer has read and not folded, after an id, in the stream's order. This does
     * not reset their idle time, as XREADGROUP would, so other consumers may take over entries that this one reads
     * repeatedly and cannot fold. See {@link #keep}.
     */
    public List<ReadEntry> readOwn(int partition, EntryId after, int count) {
        RedisScript.Arguments arguments = arguments(partition)
                .add(Keyspace.GROUP)
                .add(consumer)
                .add(after.toString())
                .add(count);
        Response answer = answer(READ_PENDING.call(connection::send, arguments));
        if (!answer.get(0).toString().equals("READ")) {
            throw new RedisFailure(RedisFailure.Kind.ERROR, answer.get(1).toString());
        }
        return entries(answer, 1);
    }

    /**
     * Resets the idle time of entries that are still pending for this consumer, so that others do not take them over.
     * Returns their number.
     */
    public int keep(int partition, Collection<EntryId> entries) {
        int kept = 0;
        List<EntryId> ids = List.copyOf(entries);
        for (int from = 0; from < ids.size(); from += KEEP_PAGE) {
            RedisScript.Arguments arguments = arguments(partition);
            arguments.add(Keyspace.GROUP).add(consumer);
            ids.subList(from, Math.min(ids.size(), from + KEEP_PAGE)).forEach(id -> arguments.add(id.toString()));
            Response answer = answer(KEEP.call(connection::send, arguments));
            if (!answer.get(0).toString().equals("KEPT")) {
                throw new RedisFailure(RedisFailure.Kind.ERROR, answer.get(1).toString());
            }
            kept += RedisReply.count(answer, 1);
        }
        return kept;
    }

    /**
     * Folds a batch whose entries were read on this connection.
     *
     * @param expiryOf how long a tenant's series are kept: what expired starts again
     */
    public FoldAnswer fold(int partition, FoldBatch batch, Function<TenantId, SeriesExpiry> expiryOf) {
        RedisScript.Arguments arguments = arguments(partition);
        arguments.declare(keyspace.totals(partition));
        arguments.declare(keyspace.sweeps(partition));
        arguments.add(Keyspace.GROUP).add(consumer);
        arguments.add(batch.entries().size() > 1 ? FoldUnits.MAX_PER_CALL : ANY_UNITS);
        arguments.add(batch.entries().size());
        batch.entries().stream().sorted().forEach(id -> arguments.add(id.toString()));
        arguments.add(batch.tenants().size());
        batch.tenants().forEach(tenant -> addTenant(arguments, tenant, expiryOf.apply(tenant.tenant())));
        Response answer = answer(FOLD.call(connection::send, arguments));
        return switch (answer.get(0).toString()) {
            case "FOLDED" -> {
                foldedUnits = RedisReply.count(answer, 2);
                yield new FoldAnswer.Folded(RedisReply.count(answer, 1));
            }
            case "STALE" -> new FoldAnswer.Stale(EntryId.parse(answer.get(1).toString()));
            case "NOGROUP" -> new FoldAnswer.NoGroup();
            case "SPLIT" -> new FoldAnswer.Split(RedisReply.count(answer, 1));
            case "UNREADABLE" -> new FoldAnswer.Unreadable(answer.get(1).toString());
            default -> new FoldAnswer.Broken(answer.get(1).toString());
        };
    }

    /** What the last batch that was folded has cost, in {@link FoldUnits}, as the fold script counts; 0 before. */
    public int foldedUnits() {
        return foldedUnits;
    }

    private void addTenant(RedisScript.Arguments arguments, TenantDeltas tenant, SeriesExpiry expiry) {
        arguments.add(tenant.tenant().bytes()).addKey(keyspace.tenantTotals(tenant.tenant()));
        arguments.add(tenant.samples()).add(tenant.entries()).add(tenant.entryBytes());
        Collection<FamilyDeltas> families = tenant.families();
        arguments.add(families.size());
        for (FamilyDeltas family : families) {
            arguments.addKey(keyspace.family(tenant.tenant(), family.family().name()));
            arguments.add(String.valueOf(family.family().type().code()));
            arguments.add(expiry.secondsOf(family.family().type()));
            arguments.add(family.series().size());
            family.series().forEach(series -> arguments.add(series.labels().bytes()));
            family.series().forEach(series -> arguments.add(series.delta().packedForFold()));
        }
    }

    /** Moves an entry that can never be folded to the dead letters, its partition's and its tenant's. */
    public DeadLetterResult deadLetter(int partition, ReadEntry entry, DeadLetterReason cause) {
        Optional<EntryReader.Header> header = entry.payload().flatMap(EntryReader::header);
        Optional<TenantId> tenant = header.map(EntryReader.Header::tenant).filter(known -> isIn(partition, known));
        RedisScript.Arguments arguments = arguments(partition);
        arguments.declare(keyspace.totals(partition));
        arguments.declare(keyspace.deadLetters(partition));
        tenant.ifPresent(known -> {
            arguments.declare(keyspace.tenantTotals(known));
            arguments.declare(keyspace.tenantDeadLetters(known));
        });
        arguments
                .add(Keyspace.GROUP)
                .add(consumer)
                .add(entry.id().toString())
                .add(header.map(EntryReader.Header::samples).orElse(0))
                .add(cause.reason())
                .add(cause.message())
                .add(tenant.map(TenantId::toString).orElse(""))
                .add(metrics(entry))
                .add(MAX_DEAD_LETTERS)
                .add(MAX_TENANT_DEAD_LETTERS);
        Response answer = answer(DEAD_LETTER.call(connection::send, arguments));
        return switch (answer.get(0).toString()) {
            case "DEAD_LETTERED" -> new DeadLetterResult.DeadLettered();
            case "LOST" -> new DeadLetterResult.Lost();
            case "STALE" -> new DeadLetterResult.Stale();
            default -> new DeadLetterResult.Broken(answer.get(1).toString());
        };
    }

    private static String metrics(ReadEntry entry) {
        StringBuilder metrics = new StringBuilder();
        entry.payload().map(EntryReader::familyNames).orElse(List.of()).stream()
                .filter(name -> METRIC.matcher(name).matches())
                .limit(MAX_METRICS)
                .takeWhile(name -> metrics.length() + name.length() <= MAX_METRICS_LENGTH)
                .forEach(name -> metrics.append(metrics.isEmpty() ? "" : METRICS_SEPARATOR)
                        .append(name));
        return metrics.toString();
    }

    /**
     * Result of taking over entries.
     *
     * @param claimed entries that are pending for this consumer now
     * @param unreadable entries left where they are, since their version is unknown here
     * @param lost entries that were deleted from outside
     */
    public record Claims(int claimed, int unreadable, int lost) {}

    /** Takes over entries of a partition that other consumers have read and left idle for at least that long. */
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
            Response answer = answer(CLAIM.call(connection::send, arguments));
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

    /**
     * Samples of a partition that are pending forever, because another program deleted their entries. Reported only
     * while the partition has no other backlog; otherwise 0.
     */
    public long countOrphans(int partition) {
        RedisScript.Arguments arguments = arguments(partition);
        arguments.declare(keyspace.totals(partition));
        Response answer = answer(COUNT_ORPHANS.call(connection::send, arguments.add(Keyspace.GROUP)));
        if (!answer.get(0).toString().equals("COUNTED")) {
            throw new RedisFailure(RedisFailure.Kind.ERROR, answer.get(1).toString());
        }
        return RedisReply.number(answer, 1);
    }

    /**
     * Why nothing can be folded in a partition: one of the partition's own keys holds unexpected data. Empty if folding
     * is possible, or only the group is missing.
     */
    public Optional<String> findFlaw(int partition) {
        RedisScript.Arguments arguments = arguments(partition);
        arguments.declare(keyspace.totals(partition));
        // No entry has been idle for that long, so the call only checks the keys that every call needs.
        arguments
                .add(Keyspace.GROUP)
                .add(consumer)
                .add(FOREVER_MILLIS)
                .add(1)
                .add(0)
                .add("-");
        Response answer = answer(CLAIM.call(connection::send, arguments));
        return Optional.of(answer)
                .filter(flawed -> flawed.get(0).toString().equals("BROKEN"))
                .map(flawed -> flawed.get(1).toString())
                .filter(message -> !message.startsWith("NOGROUP"));
    }

    /** Removes consumers of a partition that have nothing pending and did nothing for that long. */
    public void removeIdleConsumers(int partition, Duration minIdle) {
        Response consumers = answer(connection.send(Request.cmd(Command.XINFO)
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
        answer(REMOVE.call(
                connection::send, arguments(partition).add(Keyspace.GROUP).add(name)));
    }

    /**
     * Creates the missing groups, from the beginning of their streams, so that no entry is skipped. This works when
     * Redis is full, too, since it cannot be drained without a group.
     */
    public void createGroups() {
        createGroups(allPartitions());
    }

    /** Likewise, of those partitions alone. */
    public void createGroups(Collection<Integer> partitions) {
        for (int partition : partitions) {
            Response answer = answer(
                    CREATE_GROUP.call(connection::send, arguments(partition).add(Keyspace.GROUP)));
            if (answer.get(0).toString().equals("BROKEN")) {
                throw new RedisFailure(RedisFailure.Kind.ERROR, answer.get(1).toString());
            }
        }
    }

    @Override
    public void close() {
        connection.close();
    }

    private List<Integer> allPartitions() {
        return IntStream.range(0, keyspace.partitions()).boxed().toList();
    }

    private RedisScript.Arguments arguments(int partition) {
        RedisScript.Arguments arguments = new RedisScript.Arguments();
        arguments.declare(keyspace.stream(partition));
        return arguments;
    }

    /** An entry may name any tenant; one of another partition has its keys in another slot. */
    private boolean isIn(int partition, TenantId tenant) {
        return keyspace.partitionOf(tenant) == partition;
    }

    private int partitionOf(String stream) {
        return Integer.parseInt(stream, stream.indexOf('{') + 1, stream.indexOf('}'), 10);
    }

    /** Entries as a reply lists them from that place on. */
    private static List<ReadEntry> entries(Response rows, int from) {
        List<ReadEntry> entries = new ArrayList<>(rows.size());
        for (int i = from; i < rows.size(); i++) {
            Response row = rows.get(i);
            entries.add(new ReadEntry(
                    EntryId.parse(row.get(0).toString()),
                    Optional.ofNullable(row.get(1)).map(FoldConnection::payload)));
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

    private Response answer(Uni<Response> call) {
        Response answer = await(call);
        if (answer == null) {
            throw new RedisFailure(RedisFailure.Kind.ERROR, "nil where a reply was expected");
        }
        return answer;
    }

    private @Nullable Response await(Uni<Response> call) {
        Response reply = call.await().indefinitely(); // the connection has the deadline
        onReply.run();
        return reply;
    }
}
