package dev.streamgauge.query.routes;

import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.QueryConfig;
import dev.streamgauge.query.rendering.ChunkedBody;
import dev.streamgauge.query.rendering.RegistryRenderer;
import dev.streamgauge.query.rendering.RegistryRenderer.Rendered;
import dev.streamgauge.query.scrape.CoalescedScrape;
import dev.streamgauge.query.scrape.ScrapeRequest;
import dev.streamgauge.query.share.HeldBytes;
import dev.streamgauge.query.share.ReadAhead;
import dev.streamgauge.query.share.RenderingSlots;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.limits.TenantLimitsSource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Coalesces scrapes: a request joins a scrape that waits to begin, or starts one on a virtual thread, up to a limit.
 *
 * <p>For equal requests, at most one scrape waits to begin. It begins at once if no other one is running; otherwise
 * when that one has ended, or after {@link #GATHERING}.
 *
 * <p>A scrape has a place until its last subscriber has left, since it uses memory until then; but it has a slot only
 * while it reads Redis. If all places are taken, a tenant with fewer places gets that of a scrape whose text waits for a
 * slow client, whose connection is reset; or that of a scrape that has not begun. The places of the tenant with the most
 * go first. Thread-safe.
 */
@ApplicationScoped
public class ScrapeCoalescer {

    /** How long a scrape waits at most for the one before it; more clients may join during this time. */
    static final Duration GATHERING = Duration.ofMillis(100);

    private static final Rendered NOTHING = new Rendered(new byte[0], 0, 0);

    private final QueryConfig config;
    private final Renderer renderer;
    private final RenderingSlots slots;
    private final HeldBytes held = HeldBytes.ofHeap();
    private final Map<ScrapeRequest, Place> waiting = new HashMap<>();
    private final Map<ScrapeRequest, CoalescedScrape> reading = new HashMap<>();
    private final Set<Place> places = new LinkedHashSet<>();
    private final Map<TenantId, Integer> ofTenants = new HashMap<>();

    /** Renders the body of one scrape; blocks until all chunks but the last are published. */
    public interface Renderer {

        Rendered render(ScrapeRequest request, CoalescedScrape scrape);
    }

    @Inject
    ScrapeCoalescer(
            QueryConfig config,
            RedisTopology topology,
            TenantLimitsSource limits,
            InstantSource clock,
            QueryMetrics metrics) {
        this(config, rendererOf(new RegistryReader(topology), limits, clock, metrics));
    }

    public ScrapeCoalescer(QueryConfig config, Renderer renderer) {
        this.config = config;
        this.renderer = renderer;
        this.slots = new RenderingSlots(config.maxConcurrentScrapes());
    }

    private static Renderer rendererOf(
            RegistryReader reader, TenantLimitsSource limits, InstantSource clock, QueryMetrics metrics) {
        ReadAhead ahead = ReadAhead.ofHeap();
        return (request, scrape) -> {
            Rendered rendered = RegistryRenderer.render(
                    reader, ahead, request, limits.limitsOf(request.tenant()), clock.millis(), scrape);
            metrics.countUnreadable(rendered.unreadable());
            return rendered;
        };
    }

    /** A scrape under way. Guarded by the coalescer. */
    private final class Place {

        private final ScrapeRequest request;
        private final RenderingSlots.Slot slot;
        private final CoalescedScrape scrape;
        private boolean begun;
        private @Nullable Thread thread;

        private Place(ScrapeRequest request) {
            this.request = request;
            this.slot = slots.slotFor(request.tenant());
            this.scrape = new CoalescedScrape(config.maxHeldBytes(), held, slot, () -> leave(this));
        }

        private TenantId tenant() {
            return request.tenant();
        }

        private boolean waitsForClients() {
            return begun && !slot.isTaken();
        }
    }

    /** Subscribes to a scrape that has not begun to read; empty if too many scrapes run. Does not block. */
    public synchronized Optional<CoalescedScrape.Subscriber> join(ScrapeRequest request) {
        Place joinable = waiting.get(request);
        if (joinable != null) {
            return Optional.of(joinable.scrape.join());
        }
        if (!makeRoomFor(request.tenant())) {
            return Optional.empty();
        }
        Place place = new Place(request);
        places.add(place);
        ofTenants.merge(request.tenant(), 1, Integer::sum);
        CoalescedScrape.Subscriber subscriber = place.scrape.join();
        waiting.put(request, place);
        CoalescedScrape before = reading.get(request);
        place.thread = Thread.ofVirtual().name("scrape-" + request.tenant()).start(() -> run(place, before));
        return Optional.of(subscriber);
    }

    /** Subscribes to a scrape without families, which reads nothing and needs no place. */
    CoalescedScrape.Subscriber joinEmpty(ScrapeRequest request) {
        CoalescedScrape scrape =
                new CoalescedScrape(config.maxHeldBytes(), held, slots.slotFor(TenantId.ANONYMOUS), () -> {});
        CoalescedScrape.Subscriber subscriber = scrape.join();
        try (ChunkedBody body = new ChunkedBody(request.format(), request.coding(), scrape)) {
            scrape.complete(body.finish(), 0);
        }
        return subscriber;
    }

    private boolean makeRoomFor(TenantId tenant) {
        int own = placesOf(tenant);
        if (own >= config.maxConcurrentScrapesPerTenant()) {
            return false;
        }
        if (places.size() < config.maxConcurrentScrapes()) {
            return true;
        }
        Optional<Place> least = places.stream()
                .filter(place -> mayLose(place, own))
                .min(Comparator.comparingInt((Place place) -> -placesOf(place.tenant()))
                        .thenComparing(place -> !place.waitsForClients())); // the oldest of them
        least.ifPresent(this::evict);
        return least.isPresent();
    }

    /** Whether a tenant with that many places may have this one. */
    private boolean mayLose(Place place, int own) {
        int others = placesOf(place.tenant());
        return place.waitsForClients() ? others > own : !place.begun && others > own + 1;
    }

    private void evict(Place place) {
        leave(place);
        waiting.remove(place.request, place);
        place.scrape.expelAll();
        if (place.thread != null) {
            place.thread.interrupt();
        }
    }

    private int placesOf(TenantId tenant) {
        return ofTenants.getOrDefault(tenant, 0);
    }

    private void run(Place place, @Nullable CoalescedScrape before) {
        if (before != null) {
            before.awaitEnd(GATHERING);
        }
        RuntimeException failure = new IllegalStateException("the scrape's thread died");
        Rendered rendered = null;
        try {
            place.slot.take();
            rendered = begin(place) ? renderer.render(place.request, place.scrape) : NOTHING;
        } catch (InterruptedException evicted) {
            rendered = NOTHING; // for no subscriber
        } catch (RuntimeException e) {
            failure = e;
        } finally {
            end(place);
            place.slot.give();
            if (rendered == null) {
                place.scrape.fail(failure);
            } else {
                place.scrape.complete(rendered.rest(), rendered.shown());
            }
        }
    }

    private synchronized boolean begin(Place place) {
        waiting.remove(place.request, place);
        reading.put(place.request, place.scrape);
        place.begun = true;
        return place.scrape.begin();
    }

    private synchronized void end(Place place) {
        waiting.remove(place.request, place);
        reading.remove(place.request, place.scrape);
    }

    private synchronized void leave(Place place) {
        if (places.remove(place)) {
            ofTenants.computeIfPresent(place.tenant(), (same, count) -> count == 1 ? null : count - 1);
        }
    }
}
