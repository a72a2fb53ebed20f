package dev.streamgauge.query;

import dev.streamgauge.core.aggregation.SeriesDelta;
import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.family.MetricType;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.query.FamilyPages.FamilyPage;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.registry.RegistryClock;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.registry.SeriesPage;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One rendering of a tenant's registry: read while it is written, so that no more than a few pages are in memory.
 *
 * <p>What cannot be read is skipped and counted, so that one spoilt value never hides the rest. Series that were
 * admitted and not yet folded are left out, and so is what expired: at one time for the whole rendering. Blocks; one
 * thread's, once.
 */
final class RegistryRenderer {

    private static final Logger LOG = Logger.getLogger(RegistryRenderer.class);

    private static final RegistryClock NO_CLOCK = new RegistryClock(Long.MAX_VALUE, 0);

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private final RegistryReader reader;
    private final ScrapeRequest request;
    private final TenantLimits limits;
    private final long nowMillis;
    private final ChunkedBody body;
    private RegistryClock clock = NO_CLOCK;
    private @Nullable SeriesDeduplicator seen;
    private long shown;
    private long unreadable;

    private RegistryRenderer(
            RegistryReader reader, ScrapeRequest request, TenantLimits limits, long nowMillis, ChunkedBody body) {
        this.reader = reader;
        this.request = request;
        this.limits = limits;
        this.nowMillis = nowMillis;
        this.body = body;
    }

    /**
     * What came of it.
     *
     * @param rest the end of the body, which was not handed over yet
     * @param shown series written
     * @param unreadable series and families that were skipped, since this release cannot read them
     */
    record Rendered(byte[] rest, long shown, long unreadable) {}

    /**
     * Reads what is asked for, and hands it over chunk by chunk until nobody wants more.
     *
     * @param limits of the tenant: when its series expire, and how new ones are shown
     * @param nowMillis Unix time that the windows of summaries end at
     * @throws RedisFailure if Redis cannot be read
     */
    static Rendered render(
            RegistryReader reader, ScrapeRequest request, TenantLimits limits, long nowMillis, CoalescedScrape out) {
        try (ChunkedBody body = new ChunkedBody(request.coding(), out)) {
            return new RegistryRenderer(reader, request, limits, nowMillis, body).render();
        }
    }

    private Rendered render() {
        clock = readClock();
        FamilyPages pages = new FamilyPages(
                reader, request.tenant(), readFamilies().values().iterator(), this::skip);
        boolean wanted = true;
        Optional<FamilyPage> next = pages.readNext();
        while (wanted && next.isPresent()) {
            wanted = write(next.get());
            next = wanted ? pages.readNext() : Optional.empty();
        }
        return new Rendered(body.finish(), shown, unreadable);
    }

    /** Where that cannot be told nothing is taken for expired, and nothing for new. */
    private RegistryClock readClock() {
        try {
            return reader.readClock(request.tenant());
        } catch (RedisFailure failure) {
            if (failure.kind() != RedisFailure.Kind.ERROR) {
                throw failure;
            }
            LOG.warnf("scrape clock=unreadable tenant=%s message=%s", request.tenant(), failure.getMessage());
            unreadable++;
            return NO_CLOCK;
        }
    }

    private Map<String, Family> readFamilies() {
        return request.names().isEmpty()
                ? reader.readFamilies(request.tenant(), this::skip)
                : reader.readFamilies(request.tenant(), request.names(), this::skip);
    }

    /** Writes a page; false once nobody wants the rest. */
    private boolean write(FamilyPage page) {
        switch (page.place()) {
            case ONLY -> beginFamily(page.family(), null);
            case FIRST -> beginFamily(page.family(), new SeriesDeduplicator());
            case LATER -> {}
        }
        for (SeriesPage.Row row : page.page().series()) {
            if (seen == null || seen.add(row.labels())) {
                write(page.family(), row);
            }
            if (!body.flush()) {
                return false;
            }
        }
        return true;
    }

    private void beginFamily(Family family, @Nullable SeriesDeduplicator ofFamily) {
        seen = ofFamily;
        body.text().beginFamily(family);
    }

    private void write(Family family, SeriesPage.Row row) {
        if (!CanonicalLabels.isCanonical(row.labels(), family.type().ownLabel())) {
            skip(family.name(), new IllegalArgumentException("labels that no push has written"));
            return;
        }
        try {
            Optional<StoredSeries> stored = StoredSeries.decode(family, row.value());
            if (stored.isPresent() && !isOver(family, stored.get())) {
                body.text().writeSeries(row.labels(), shownOf(family, stored.get()), nowMillis);
                shown++;
            }
        } catch (RuntimeException e) { // a foreign hand's value may break any rule of its kind
            skip(family.name(), e);
        }
    }

    private boolean isOver(Family family, StoredSeries stored) {
        return limits.expiry().isOver(family.type(), stored.updated().getEpochSecond(), clock.watermarkSeconds());
    }

    /** What counts up begins at 0 where the tenant wants that, since {@code increase()} sees a rise only from a value on. */
    private SeriesDelta shownOf(Family family, StoredSeries stored) {
        long ageMillis = clock.nowMillis() - stored.created().toEpochMilli();
        boolean isNew =
                ageMillis < Duration.ofSeconds(limits.newSeriesZeroSeconds()).toMillis();
        return isNew && family.type() != MetricType.GAUGE
                ? SeriesDelta.empty(family.type(), family.layout())
                : stored.total();
    }

    private void skip(String family, RuntimeException reason) {
        if (unreadable == 0) {
            String name =
                    CONTROL.matcher(family).replaceAll("?"); // a foreign hand's name could begin a line of its own
            LOG.warnf("scrape skips=unreadable tenant=%s family=%s message=%s", request.tenant(), name, reason);
        }
        unreadable++;
    }
}
