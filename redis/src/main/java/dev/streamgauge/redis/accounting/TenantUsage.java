package dev.streamgauge.redis.accounting;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;

/**
 * How much a tenant has and has sent, over all processes. One that never sent anything has zeros.
 *
 * @param series series registered, which the limit counts
 * @param families metric families registered
 * @param accepted samples stored
 * @param folded samples in the registry
 * @param dead samples of dead letters
 * @param pending samples stored and neither folded nor dead
 * @param stale gauge samples that were folded, but came after a newer one
 * @param rejected samples rejected, by reason; about a second late
 * @param lastPush when a push was last accepted, by Redis' clock
 * @param backlogEntries entries that are not folded, which the limit counts
 * @param bytes estimated bytes in Redis, which the limits count
 * @param oldestUnfolded upper bound of the age of the oldest sample that is not folded: the time since the tenant's
 *     backlog was last empty, or the age of the partition's oldest entry, whichever is less; zero without a backlog
 */
public record TenantUsage(
        long series,
        long families,
        long accepted,
        long folded,
        long dead,
        long pending,
        long stale,
        SortedMap<String, Long> rejected,
        Optional<Instant> lastPush,
        long backlogEntries,
        Bytes bytes,
        Duration oldestUnfolded) {

    /**
     * What a tenant needs in Redis, as the scripts estimate it.
     *
     * @param registry families and series
     * @param backlog entries that are not folded
     * @param idempotency idempotency records; those that have expired within the last ten minutes may be counted
     */
    public record Bytes(long registry, long backlog, long idempotency) {}
}
