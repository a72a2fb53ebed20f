package dev.streamgauge.redis.accounting;

import dev.streamgauge.core.stream.EntryId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.RedisReply;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.RedisNode;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The scripts' counters, summed over all partitions, and how far folding is behind. The counters are in Redis, so no
 * restart resets them.
 *
 * <p>At every moment {@code accepted = folded + dead + pending}.
 *
 * @param accepted samples stored
 * @param folded samples in the registries
 * @param dead samples of dead letters
 * @param pending samples stored and neither folded nor dead
 * @param lost entries deleted from outside before they were folded
 * @param deadLettered entries moved to the dead letters
 * @param saturated how often a fold left a sum or count at the end of its range
 * @param backlogEntries entries in the streams
 * @param oldestAge age of the oldest entry that is not folded, zero if there is none
 */
public record StoreTotals(
        long accepted,
        long folded,
        long dead,
        long pending,
        long lost,
        long deadLettered,
        long saturated,
        long backlogEntries,
        Duration oldestAge) {

    /** Nothing counted yet. */
    public static final StoreTotals ZERO = new StoreTotals(0, 0, 0, 0, 0, 0, 0, 0, Duration.ZERO);

    private static final List<Total> TOTALS = List.of(
            Total.ACCEPTED,
            Total.FOLDED,
            Total.DEAD,
            Total.PENDING,
            Total.LOST_ENTRIES,
            Total.DEAD_LETTERED_ENTRIES,
            Total.SATURATED);

    /**
     * Reads the totals of all partitions. A key of another type counts as 0, so that it does not hide the other
     * partitions. Fails with {@link RedisFailure}.
     */
    public static Uni<StoreTotals> read(RedisTopology topology) {
        return sum(topology.nodes().stream().map(StoreTotals::readNode).toList());
    }

    private static Uni<StoreTotals> readNode(RedisNode node) {
        return node.connections().send(Request.cmd(Command.TIME)).flatMap(time -> {
            long nowMillis = RedisReply.number(time, 0) * 1000 + RedisReply.number(time, 1) / 1000;
            return sum(node.partitions().stream()
                    .map(partition -> readPartition(node.connections(), node.keyspace(), partition, nowMillis))
                    .toList());
        });
    }

    private static Uni<StoreTotals> readPartition(
            RedisConnections connections, Keyspace keyspace, int partition, long nowMillis) {
        Request totals = Totals.request(keyspace.totals(partition), TOTALS);
        Request length = Request.cmd(Command.XLEN).arg(keyspace.stream(partition));
        // Folding deletes its entries, so the stream's first entry is the oldest that is not folded.
        Request oldest = Request.cmd(Command.XRANGE)
                .arg(keyspace.stream(partition))
                .arg("-")
                .arg("+")
                .arg("COUNT")
                .arg(1);
        return Uni.combine()
                .all()
                .unis(
                        sendUnlessUnexpected(connections, totals),
                        sendUnlessUnexpected(connections, length),
                        sendUnlessUnexpected(connections, oldest))
                .with((counters, entries, first) -> of(
                        counters.map(reply -> Totals.of(TOTALS, reply)).orElse(Totals.NONE),
                        entries.map(RedisReply::number).orElse(0L),
                        age(first, nowMillis)));
    }

    private static StoreTotals of(Totals totals, long backlogEntries, Duration oldestAge) {
        return new StoreTotals(
                totals.get(Total.ACCEPTED),
                totals.get(Total.FOLDED),
                totals.get(Total.DEAD),
                totals.get(Total.PENDING),
                totals.get(Total.LOST_ENTRIES),
                totals.get(Total.DEAD_LETTERED_ENTRIES),
                totals.get(Total.SATURATED),
                backlogEntries,
                oldestAge);
    }

    private static Uni<Optional<Response>> sendUnlessUnexpected(RedisConnections connections, Request request) {
        return connections
                .send(request)
                .map(Optional::of)
                .onFailure(failure -> failure instanceof RedisFailure redis && redis.isWrongType())
                .recoverWithItem(Optional.empty());
    }

    private static Duration age(Optional<Response> entries, long nowMillis) {
        if (entries.isEmpty() || entries.get().size() == 0) {
            return Duration.ZERO;
        }
        long admittedMillis =
                EntryId.parse(entries.get().get(0).get(0).toString()).millis();
        return Duration.ofMillis(Math.max(0, nowMillis - admittedMillis));
    }

    private static Uni<StoreTotals> sum(List<Uni<StoreTotals>> parts) {
        return Uni.combine().all().unis(parts).with(StoreTotals::sumOf);
    }

    private static StoreTotals sumOf(List<?> parts) {
        return parts.stream().map(StoreTotals.class::cast).reduce(ZERO, StoreTotals::plus);
    }

    private StoreTotals plus(StoreTotals other) {
        return new StoreTotals(
                accepted + other.accepted,
                folded + other.folded,
                dead + other.dead,
                pending + other.pending,
                lost + other.lost,
                deadLettered + other.deadLettered,
                saturated + other.saturated,
                backlogEntries + other.backlogEntries,
                oldestAge.compareTo(other.oldestAge) >= 0 ? oldestAge : other.oldestAge);
    }
}
