package dev.streamgauge.query;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.RegistryRenderer.Rendered;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.server.limits.TenantLimitsSource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Coalesces scrapes: a request joins a scrape that waits to begin, or starts one on a virtual thread, up to a limit.
 *
 * <p>For equal requests, at most one scrape waits to begin. It begins at once if no other one is running; otherwise
 * when that one has ended, or after {@link #GATHERING}. A scrape counts against the limits until its last subscriber
 * has left, since it uses memory until then. Thread-safe.
 */
@ApplicationScoped
public class ScrapeCoalescer {

    /** How long a scrape waits at most for the one before it; more clients may join during this time. */
    static final Duration GATHERING = Duration.ofMillis(100);

    private final QueryConfig config;
    private final Renderer renderer;
    private final Map<ScrapeRequest, CoalescedScrape> waiting = new HashMap<>();
    private final Map<ScrapeRequest, CoalescedScrape> reading = new HashMap<>();
    private final Map<TenantId, Integer> ofTenants = new HashMap<>();
    private int underWay;

    /** Renders the body of one scrape; blocks until all chunks but the last are published. */
    interface Renderer {

        Rendered render(ScrapeRequest request, CoalescedScrape scrape);
    }

    @Inject
    ScrapeCoalescer(
            QueryConfig config,
            RedisConnections connections,
            Keyspace keyspace,
            TenantLimitsSource limits,
            InstantSource clock,
            QueryMetrics metrics) {
        this(config, rendererOf(new RegistryReader(connections, keyspace), limits, clock, metrics));
    }

    ScrapeCoalescer(QueryConfig config, Renderer renderer) {
        this.config = config;
        this.renderer = renderer;
    }

    private static Renderer rendererOf(
            RegistryReader reader, TenantLimitsSource limits, InstantSource clock, QueryMetrics metrics) {
        return (request, scrape) -> {
            Rendered rendered =
                    RegistryRenderer.render(reader, request, limits.limitsOf(request.tenant()), clock.millis(), scrape);
            metrics.countUnreadable(rendered.unreadable());
            return rendered;
        };
    }

    /** Subscribes to a scrape that has not begun to read; empty if too many scrapes run. Does not block. */
    synchronized Optional<CoalescedScrape.Subscriber> join(ScrapeRequest request) {
        CoalescedScrape joinable = waiting.get(request);
        if (joinable != null) {
            return Optional.of(joinable.join());
        }
        int ofTenant = ofTenants.getOrDefault(request.tenant(), 0);
        if (underWay >= config.maxConcurrentScrapes() || ofTenant >= config.maxConcurrentScrapesPerTenant()) {
            return Optional.empty();
        }
        underWay++;
        ofTenants.merge(request.tenant(), 1, Integer::sum);
        CoalescedScrape scrape = new CoalescedScrape(config.maxHeldBytes(), () -> leave(request.tenant()));
        CoalescedScrape.Subscriber subscriber = scrape.join();
        waiting.put(request, scrape);
        CoalescedScrape before = reading.get(request);
        Thread.ofVirtual().name("scrape-" + request.tenant()).start(() -> run(request, scrape, before));
        return Optional.of(subscriber);
    }

    private void run(ScrapeRequest request, CoalescedScrape scrape, @Nullable CoalescedScrape before) {
        if (before != null) {
            before.awaitEnd(GATHERING);
        }
        RuntimeException failure = new IllegalStateException("the scrape's thread died");
        Rendered rendered = null;
        try {
            rendered = begin(request, scrape) ? renderer.render(request, scrape) : new Rendered(new byte[0], 0, 0);
        } catch (RuntimeException e) {
            failure = e;
        } finally {
            end(request, scrape);
            if (rendered == null) {
                scrape.fail(failure);
            } else {
                scrape.complete(rendered.rest(), rendered.shown());
            }
        }
    }

    private synchronized boolean begin(ScrapeRequest request, CoalescedScrape scrape) {
        waiting.remove(request, scrape);
        reading.put(request, scrape);
        return scrape.begin();
    }

    private synchronized void end(ScrapeRequest request, CoalescedScrape scrape) {
        reading.remove(request, scrape);
    }

    private synchronized void leave(TenantId tenant) {
        underWay--;
        ofTenants.computeIfPresent(tenant, (same, count) -> count == 1 ? null : count - 1);
    }
}
