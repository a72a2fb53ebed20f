package dev.streamgauge.query.usage;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.accounting.FamilySize;
import dev.streamgauge.redis.accounting.UsageReader;
import dev.streamgauge.redis.topology.RedisTopology;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * Finds the families of a tenant with the most series. This needs one command per family, so the result is cached for
 * half a minute, concurrent requests share one count, and only a few tenants are counted at once: requests in a loop
 * cost Redis next to nothing. Thread-safe.
 */
@ApplicationScoped
public class LargestFamilies {

    /** How long a result is cached. */
    static final Duration KEPT = Duration.ofSeconds(30);

    /** Number of families in a result. */
    static final int MOST = 10;

    private static final int MAX_COUNTING = 2;

    /** How long a request waits for a count; the count goes on, and the next request gets its result. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Maximum weight of the cache: characters of names, plus a fixed weight per entry. */
    private static final int MAX_WEIGHT = 8 << 20;

    private static final int ENTRY_WEIGHT = 200;

    private final Function<TenantId, List<FamilySize>> reader;
    private final AsyncCache<TenantId, List<FamilySize>> found;
    private final Semaphore counting = new Semaphore(MAX_COUNTING);

    @Inject
    LargestFamilies(RedisTopology topology) {
        this(readerOf(topology), Ticker.systemTicker());
    }

    /** Takes a reader that blocks, and a clock in nanoseconds. */
    LargestFamilies(Function<TenantId, List<FamilySize>> reader, Ticker ticker) {
        this.reader = reader;
        this.found = Caffeine.newBuilder()
                .expireAfterWrite(KEPT)
                .maximumWeight(MAX_WEIGHT)
                .weigher((TenantId tenant, List<FamilySize> families) -> ENTRY_WEIGHT
                        + families.stream()
                                .mapToInt(family -> family.name().length())
                                .sum())
                .ticker(ticker)
                .executor(Thread::startVirtualThread)
                .buildAsync();
    }

    private static Function<TenantId, List<FamilySize>> readerOf(RedisTopology topology) {
        UsageReader reader = new UsageReader(topology);
        return tenant -> reader.readLargestFamilies(tenant, MOST);
    }

    /** The largest families, at most {@value #MOST}, largest first. Fails with {@link RedisFailure}. */
    Uni<List<FamilySize>> of(TenantId tenant) {
        return Uni.createFrom()
                // Of the copy, so that a request that gives up cancels nothing for the others.
                .completionStage(() -> found.get(tenant, this::count).copy())
                .ifNoItem()
                .after(PATIENCE)
                .failWith(() -> new RedisFailure(
                        RedisFailure.Kind.TIMEOUT, "not counted within " + PATIENCE.toSeconds() + " s"));
    }

    private List<FamilySize> count(TenantId tenant) {
        counting.acquireUninterruptibly();
        try {
            return reader.apply(tenant);
        } finally {
            counting.release();
        }
    }
}
