package dev.streamgauge.query.rendering;

import dev.streamgauge.core.family.Family;
import dev.streamgauge.core.registry.StoredSeries;
import dev.streamgauge.core.sample.CanonicalLabels;
import dev.streamgauge.core.snapshot.SeriesSnapshot;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.query.rendering.FamilyPages.FamilyPage;
import dev.streamgauge.query.scrape.CoalescedScrape;
import dev.streamgauge.query.scrape.ScrapeRequest;
import dev.streamgauge.query.share.ReadAhead;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.registry.RegistryClock;
import dev.streamgauge.redis.registry.RegistryReader;
import dev.streamgauge.redis.registry.SeriesPage;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Renders a tenant's registry for one scrape. It writes while it reads, so that only some families and a few
 * pages are in memory.
 *
 * <p>Unreadable values are skipped and counted, so that one corrupt value never hides the rest. Series that were
 * admitted but not folded yet are left out, and so are expired series, by one clock reading for the whole scrape.
 * Blocks. Used once, by one thread.
 */
public final class RegistryRenderer {

    private static final Logger LOG = Logger.getLogger(RegistryRenderer.class);

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private final RegistryReader reader;
    private final ReadAhead ahead;
    private final ScrapeRequest request;
    private final TenantLimits limits;

    /** How long a series is new; 0 if new series are shown like others. */
    private final long zeroMillis;

    private final ChunkedBody body;
    private RegistryClock clock;
    private @Nullable SeriesDeduplicator deduplicator;
    private long shown;
    private long unreadable;

    private RegistryRenderer(
            RegistryReader reader,
            ReadAhead ahead,
            ScrapeRequest request,
            TenantLimits limits,
            long processMillis,
            ChunkedBody body) {
        this.reader = reader;
        this.ahead = ahead;
        this.request = request;
        this.limits = limits;
        this.clock = new RegistryClock(processMillis, 0);
        this.zeroMillis = request.hasFirstZero()
                ? Duration.ofSeconds(limits.newSeriesZeroSeconds()).toMillis()
                : 0;
        this.body = body;
    }

    /**
     * The result.
     *
     * @param rest the end of the body, which is not published yet
     * @param shown number of series written
     * @param unreadable number of series and families skipped, since this release cannot read them
     */
    public record Rendered(byte[] rest, long shown, long unreadable) {}

    /**
     * Reads the requested families and publishes them chunk by chunk, until the end or until no subscriber is left.
     *
     * @param ahead limits what is read ahead, over all scrapes
     * @param limits the tenant's limits: when its series expire, and how new ones are shown
     * @param processMillis Unix time by the clock of this process, for tenants for which that of Redis cannot be read
     * @throws RedisFailure if Redis cannot be read
     */
    public static Rendered render(
            RegistryReader reader,
            ReadAhead ahead,
            ScrapeRequest request,
            TenantLimits limits,
            long processMillis,
            CoalescedScrape scrape) {
        try (ChunkedBody body = new ChunkedBody(request.format(), request.coding(), scrape)) {
            return new RegistryRenderer(reader, ahead, request, limits, processMillis, body).render();
        }
    }

    private Rendered render() {
        readClock();
        FamilyRows families = new FamilyRows(reader, request, this::skip);
        try (FamilyPages pages = new FamilyPages(reader, ahead, request.tenant(), families, this::skip)) {
            boolean wanted = true;
            Optional<FamilyPage> next = pages.readNext();
            while (wanted && next.isPresent()) {
                wanted = write(next.get());
                next = wanted ? pages.readNext() : Optional.empty();
            }
        }
        return new Rendered(body.finish(), shown, unreadable);
    }

    /** The clock of Redis, which filled the slots of summaries. If it cannot be read, no series counts as expired. */
    private void readClock() {
        try {
            clock = reader.readClock(request.tenant());
        } catch (RedisFailure failure) {
            if (failure.kind() != RedisFailure.Kind.ERROR) {
                throw failure;
            }
            LOG.warnf("scrape clock=unreadable tenant=%s message=%s", request.tenant(), failure.getMessage());
            unreadable++;
        }
    }

    /** Writes a page; false if no subscriber is left. */
    private boolean write(FamilyPage page) {
        switch (page.place()) {
            case ONLY -> beginFamily(page.family(), null);
            case FIRST -> beginFamily(page.family(), new SeriesDeduplicator());
            case LATER -> {}
        }
        for (SeriesPage.Row row : page.page().series()) {
            if (deduplicator == null || deduplicator.add(row.labels())) {
                write(page.family(), row);
            }
            if (!body.flush()) {
                return false;
            }
        }
        return true;
    }

    private void beginFamily(Family family, @Nullable SeriesDeduplicator ofFamily) {
        deduplicator = ofFamily;
        body.writer().beginFamily(family);
    }

    private void write(Family family, SeriesPage.Row row) {
        if (!CanonicalLabels.isCanonical(
                row.labels(), family.aggregation().kind().reservedLabel())) {
            skip(family.name(), new IllegalArgumentException("labels are not canonical"));
            return;
        }
        try {
            Optional<StoredSeries> stored = StoredSeries.decode(family, row.value());
            if (stored.isPresent() && !isOver(family, stored.get())) {
                SeriesSnapshot snapshot = snapshotOf(stored.get());
                body.writer().writeSeries(CanonicalLabels.ofCanonical(row.labels()), snapshot);
                shown++;
            }
        } catch (RuntimeException e) { // an unexpected value may break any rule of its kind
            skip(family.name(), e);
        }
    }

    private boolean isOver(Family family, StoredSeries stored) {
        return limits.expiry().isOver(family.type(), stored.updatedSeconds(), clock.watermarkSeconds());
    }

    /**
     * A scraper sees a new series that counts up as 0, for the time that the tenant's limits say, since {@code
     * increase()} ignores the first value of a series. If a series seems to begin in the future, the clock was set back,
     * and it is not new.
     */
    private SeriesSnapshot snapshotOf(StoredSeries stored) {
        long ageMillis = clock.nowMillis() - stored.created().toEpochMilli();
        boolean isNew = ageMillis >= 0 && ageMillis < zeroMillis;
        return isNew ? stored.snapshotAtZero(clock.nowMillis()) : stored.snapshot(clock.nowMillis());
    }

    private void skip(String family, RuntimeException reason) {
        if (unreadable == 0) {
            String name = CONTROL.matcher(family).replaceAll("?"); // an unexpected name may contain a line break
            LOG.warnf("scrape skips=unreadable tenant=%s family=%s message=%s", request.tenant(), name, reason);
        }
        unreadable++;
    }
}
