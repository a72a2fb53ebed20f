package dev.streamgauge.redis.usage;

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
 * @param rejected samples rejected, by reason; about a second late
 * @param lastPush when a push was last accepted, by Redis' clock
 * @param backlogEntries entries that are not folded, which the limit counts
 * @param oldestUnfolded age of the oldest sample that is not folded, at most: the time since the backlog was last empty,
 *     or that since the oldest entry of all tenants of the partition, whichever is less; zero without a backlog
 */
public record TenantUsage(
        long series,
        long families,
        long accepted,
        long folded,
        long dead,
        long pending,
        SortedMap<String, Long> rejected,
        Optional<Instant> lastPush,
        long backlogEntries,
        Duration oldestUnfolded) {}
