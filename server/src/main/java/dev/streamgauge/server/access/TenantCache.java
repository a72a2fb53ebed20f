package dev.streamgauge.server.access;

import dev.streamgauge.core.access.KeyId;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.redis.tenant.TenantDirectory;
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
 * All tenants, held in memory: those of the tenants file, and those of the directory in Redis, at which it looks each second.
 * A tenant that is in the file is not looked for in Redis.
 *
 * <p>So a request with a known key costs Redis nothing, a revoked key is gone within about a second, and whoever guesses
 * keys costs Redis ten cheap looks a second at most, see {@link CoalescingPoller}.
 */
@ApplicationScoped
public class TenantCache {

    /** How old what was read from Redis may be, to be believed. */
    static final Duration MAX_AGE = Duration.ofSeconds(30);

    private static final Logger LOG = Logger.getLogger(TenantCache.class);

    private final RedisConnections connections;
    private final ReloadingFile<TenantIndex> file;
    private final DirectoryReader reader;
    private final CoalescingPoller look;
    private final MeterRegistry registry;
    private final Counter looks;
    private final LongSupplier nanoTime;

    /** When the last look that succeeded began, or this process. */
    private volatile long readNanos;

    private volatile boolean wasRead;

    /** Why the last look failed; empty if it did not. */
    private volatile String flaw = "";

    private volatile int unreadableSaid;

    @Inject
    public TenantCache(
            Vertx vertx,
            RedisConnections connections,
            Keyspace keyspace,
            StreamgaugeConfig config,
            MeterRegistry registry,
            InstantSource clock) {
        this(vertx, connections, keyspace, config, registry, clock, System::nanoTime);
    }

    /**
     * Reads nothing yet.
     *
     * @param nanoTime the clock for the age of what was read, as {@link System#nanoTime}
     */
    TenantCache(
            Vertx vertx,
            RedisConnections connections,
            Keyspace keyspace,
            StreamgaugeConfig config,
            MeterRegistry registry,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.readNanos = nanoTime.getAsLong();
        // Behind the pages of a large scrape, a revocation would have to wait.
        this.connections = connections.apart();
        this.registry = registry;
        this.looks = Counter.builder("streamgauge.tenant.directory.looks")
                .description("How often Redis was asked for tenants that have changed")
                .register(registry);
        this.file = new ReloadingFile<>(
                "tenants",
                config.tenantsFile(),
                new TenantIndex(),
                text -> TenantsFile.parse(text, ConfiguredLimits.of(config), clock.instant()),
                config.reloadPeriod(),
                vertx);
        this.reader = new DirectoryReader(new TenantDirectory(this.connections, keyspace));
        this.look = new CoalescingPoller(vertx, this::read);
    }

    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
        Gauge.builder("streamgauge.tenants", this, tenants -> tenants.all().count())
                .description("Tenants with a record, in Redis or in the tenants file")
                .register(registry);
        Gauge.builder(
                        "streamgauge.unreadable.tenants",
                        this,
                        tenants -> tenants.reader.book().unreadable())
                .description("Tenants whose record in Redis this release cannot read; their keys do not work here")
                .register(registry);
        Gauge.builder(
                        "streamgauge.tenant.directory.age.seconds",
                        this,
                        tenants -> tenants.age().toMillis() / 1000.0)
                .description("How old what is known of the tenants in Redis is")
                .register(registry);
        file.start(registry);
        look.start();
    }

    void stop(@Observes ShutdownEvent event) {
        look.stop();
        file.stop();
        connections.close();
    }

    private Uni<Void> read() {
        long beginNanos = nanoTime.getAsLong();
        looks.increment();
        return reader.read()
                .invoke(() -> {
                    readNanos = beginNanos;
                    wasRead = true;
                    say("");
                })
                .onFailure()
                .invoke(failure -> say(String.valueOf(failure.getMessage())));
    }

    /** Says each flaw once, not at every look. */
    private void say(String now) {
        if (!now.equals(flaw)) {
            flaw = now;
            if (now.isEmpty()) {
                LOG.info("tenants directory=read");
            } else {
                LOG.warnf("tenants directory=failed kept=last message=%s", now);
            }
        }
        int unreadable = reader.book().unreadable();
        if (unreadable != unreadableSaid) {
            unreadableSaid = unreadable;
            LOG.warnf("tenants unreadable=%d: a newer release has written them; upgrade this process", unreadable);
        }
    }

    private Duration age() {
        return Duration.ofNanos(nanoTime.getAsLong() - readNanos);
    }

    /** Whether what was read from Redis is new enough to be believed. */
    boolean isFresh() {
        return wasRead && age().compareTo(MAX_AGE) <= 0;
    }

    /** The key of that id. */
    Optional<OwnedKey> findKey(KeyId id) {
        return file.content().findKey(id).or(() -> reader.book().findKey(id).filter(key -> !isInFile(key.tenant())));
    }

    /**
     * Looks at Redis, at a moment after this call, together with all others who ask now; waits for a tenth of a second at
     * most. Completes on an event loop of its own, and fails with {@link RedisFailure}.
     */
    public Uni<Void> refresh() {
        return look.next();
    }

    /** The record of a tenant. */
    public Optional<TenantRecord> find(TenantId tenant) {
        return file.content().find(tenant).or(() -> reader.book().find(tenant));
    }

    /** Whether the tenant's record is in the tenants file, so that it cannot be changed in Redis. */
    public boolean isInFile(TenantId tenant) {
        return file.content().find(tenant).isPresent();
    }

    /** The limits that the tenant's record gives it; none for most. */
    public Map<Limit, Double> limitsOf(TenantId tenant) {
        return find(tenant).map(TenantRecord::limits).orElse(Map.of());
    }

    /**
     * Records of tenants in the order of their ids, from both sources.
     *
     * @param after where the page before ended; empty for the first page
     * @param limit most of them
     */
    public List<TenantRecord> page(Optional<TenantId> after, int limit) {
        NavigableMap<TenantId, TenantRecord> rows = new TreeMap<>();
        addTo(rows, reader.book(), after, limit);
        addTo(rows, file.content(), after, limit);
        return new ArrayList<>(rows.values()).stream().limit(limit).toList();
    }

    private static void addTo(
            NavigableMap<TenantId, TenantRecord> rows, TenantIndex book, Optional<TenantId> after, int limit) {
        NavigableMap<TenantId, TenantRecord> rest =
                after.map(last -> book.tenants().tailMap(last, false)).orElse(book.tenants());
        rest.entrySet().stream().limit(limit).forEach(entry -> rows.put(entry.getKey(), entry.getValue()));
    }

    /** Ids of all tenants, in order; also of those whose record this release cannot read. */
    List<TenantId> ids() {
        return Stream.concat(all(), reader.book().unreadableTenants().stream())
                .distinct()
                .sorted()
                .toList();
    }

    private Stream<TenantId> all() {
        return Stream.concat(
                file.content().tenants().keySet().stream(),
                reader.book().tenants().keySet().stream().filter(tenant -> !isInFile(tenant)));
    }
}
