package dev.streamgauge.server.tenants;

import dev.streamgauge.core.access.KeyId;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.tenant.TenantDirectory;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.ConfiguredLimits;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.reload.ReloadingFile;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * All tenants, kept in memory: those of the tenants file, and those of the directory in Redis, which is polled once a
 * second. The record of a tenant in the file hides its record in Redis.
 *
 * <p>So a request with a known key costs Redis nothing, and a revoked key stops working within about a second. Guessing
 * keys costs Redis at most ten cheap polls a second, see {@link CoalescingPoller}.
 */
@ApplicationScoped
public class TenantCache {

    /** Maximum age of the data from Redis; older data is not trusted. */
    static final Duration MAX_AGE = Duration.ofSeconds(30);

    private static final Logger LOG = Logger.getLogger(TenantCache.class);

    private final RedisTopology topology;
    private final ReloadingFile<TenantIndex> file;
    private final DirectoryReader reader;
    private final CoalescingPoller poller;
    private final MeterRegistry registry;
    private final Counter polls;
    private final LongSupplier nanoTime;

    /** When the last successful poll began; at first, when this process began. */
    private volatile long readNanos;

    private volatile boolean wasRead;

    /** Why the last poll failed; empty if it did not. */
    private volatile String flaw = "";

    private volatile int unreadableLogged;

    @Inject
    public TenantCache(
            Vertx vertx,
            RedisTopology topology,
            StreamgaugeConfig config,
            MeterRegistry registry,
            InstantSource clock) {
        this(vertx, topology, config, registry, clock, System::nanoTime);
    }

    /**
     * Reads nothing yet.
     *
     * @param nanoTime as {@link System#nanoTime}, for the age of what was read
     */
    TenantCache(
            Vertx vertx,
            RedisTopology topology,
            StreamgaugeConfig config,
            MeterRegistry registry,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.readNanos = nanoTime.getAsLong();
        // On a shared connection, a revocation would wait behind the pages of a large scrape.
        this.topology = topology.apart();
        this.registry = registry;
        this.polls = Counter.builder("streamgauge.tenant.directory.polls")
                .description("Polls of Redis for tenants that have changed")
                .register(registry);
        this.file = new ReloadingFile<>(
                "tenants",
                config.tenantsFile(),
                new TenantIndex(),
                text -> TenantsFile.parse(text, ConfiguredLimits.of(config), clock.instant()),
                config.reloadPeriod(),
                vertx);
        this.reader = new DirectoryReader(new TenantDirectory(this.topology));
        this.poller = new CoalescingPoller(vertx, this::read);
    }

    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
        Gauge.builder("streamgauge.tenants", this, tenants -> tenants.all().count())
                .description("Tenants with a record, in Redis or in the tenants file")
                .register(registry);
        Gauge.builder(
                        "streamgauge.unreadable.tenants",
                        this,
                        tenants -> tenants.reader.index().unreadable())
                .description("Tenants whose record in Redis this release cannot read; their keys do not work here")
                .register(registry);
        Gauge.builder(
                        "streamgauge.tenant.directory.age.seconds",
                        this,
                        tenants -> tenants.age().toMillis() / 1000.0)
                .description("Age of the data about the tenants in Redis")
                .register(registry);
        file.start(registry);
        poller.start();
    }

    void stop(@Observes ShutdownEvent event) {
        poller.stop();
        file.stop();
        topology.close();
    }

    private Uni<Void> read() {
        long beginNanos = nanoTime.getAsLong();
        polls.increment();
        return reader.read()
                .invoke(() -> {
                    readNanos = beginNanos;
                    wasRead = true;
                    log("");
                })
                .onFailure()
                .invoke(failure -> log(String.valueOf(failure.getMessage())));
    }

    /** Logs each flaw once, not at every poll. */
    private void log(String now) {
        if (!now.equals(flaw)) {
            flaw = now;
            if (now.isEmpty()) {
                LOG.info("tenants directory=read");
            } else {
                LOG.warnf("tenants directory=failed kept=last message=%s", now);
            }
        }
        int unreadable = reader.index().unreadable();
        if (unreadable != unreadableLogged) {
            unreadableLogged = unreadable;
            LOG.warnf("tenants unreadable=%d: a newer release has written them; upgrade this process", unreadable);
        }
    }

    private Duration age() {
        return Duration.ofNanos(nanoTime.getAsLong() - readNanos);
    }

    /** Whether the data from Redis is new enough to be trusted. */
    public boolean isFresh() {
        return wasRead && age().compareTo(MAX_AGE) <= 0;
    }

    /** The key of that id. */
    public Optional<OwnedKey> findKey(KeyId id) {
        return file.content().findKey(id).or(() -> reader.index().findKey(id).filter(key -> !isInFile(key.tenant())));
    }

    /**
     * Waits for a poll of Redis that begins after this call, within a tenth of a second; concurrent calls share it.
     * May complete on another event loop than the caller's; fails with {@link RedisFailure}.
     */
    public Uni<Void> refresh() {
        return poller.next();
    }

    /** The record of a tenant. */
    public Optional<TenantRecord> find(TenantId tenant) {
        return file.content().find(tenant).or(() -> reader.index().find(tenant));
    }

    /** Whether there is a record of the tenant, whether or not this release can read it. */
    public boolean exists(TenantId tenant) {
        return find(tenant).isPresent() || reader.index().unreadableTenants().contains(tenant);
    }

    /** Whether the tenant's record is in the tenants file, so that it cannot be changed in Redis. */
    public boolean isInFile(TenantId tenant) {
        return file.content().find(tenant).isPresent();
    }

    /** The limits in the tenant's record; empty for most tenants. */
    public Map<Limit, Double> limitsOf(TenantId tenant) {
        return find(tenant).map(TenantRecord::limits).orElse(Map.of());
    }

    /**
     * A page of tenants' records from both sources, ordered by id.
     *
     * @param after the last tenant of the page before; empty for the first page
     * @param limit maximum number of records
     */
    public List<TenantRecord> page(Optional<TenantId> after, int limit) {
        NavigableMap<TenantId, TenantRecord> rows = new TreeMap<>();
        addTo(rows, reader.index(), after, limit);
        addTo(rows, file.content(), after, limit);
        return new ArrayList<>(rows.values()).stream().limit(limit).toList();
    }

    private static void addTo(
            NavigableMap<TenantId, TenantRecord> rows, TenantIndex index, Optional<TenantId> after, int limit) {
        NavigableMap<TenantId, TenantRecord> rest =
                after.map(last -> index.tenants().tailMap(last, false)).orElse(index.tenants());
        rest.entrySet().stream().limit(limit).forEach(entry -> rows.put(entry.getKey(), entry.getValue()));
    }

    /** Ids of all tenants, in order, including tenants whose record this release cannot read. */
    public List<TenantId> ids() {
        return Stream.concat(all(), reader.index().unreadableTenants().stream())
                .distinct()
                .sorted()
                .toList();
    }

    private Stream<TenantId> all() {
        return Stream.concat(
                file.content().tenants().keySet().stream(),
                reader.index().tenants().keySet().stream().filter(tenant -> !isInFile(tenant)));
    }
}
