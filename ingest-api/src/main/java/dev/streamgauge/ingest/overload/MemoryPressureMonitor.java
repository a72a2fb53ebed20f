package dev.streamgauge.ingest.overload;

import dev.streamgauge.redis.accounting.TenantSizes;
import dev.streamgauge.redis.admission.MemoryPressure;
import dev.streamgauge.redis.store.MemoryUse;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.logs.Occasional;
import dev.streamgauge.server.store.StoreMonitor;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Decides once a second which pushes Redis has memory for. Of the memory above the setting {@code
 * max-redis-memory-ratio}, the largest tenants may use the first quarter for the series that they have, those below the
 * {@linkplain WaterLevel level} three quarters; the last quarter is kept for folding.
 */
@Singleton
public final class MemoryPressureMonitor {

    private static final Logger LOG = Logger.getLogger(MemoryPressureMonitor.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);

    /** What a tenant may always have, since no smaller one is noted. */
    private static final long SMALL_BYTES = 64 << 10;

    private final Vertx vertx;
    private final StoreMonitor store;
    private final RedisTopology topology;
    private final double ratio;
    private final AtomicBoolean reading = new AtomicBoolean();
    private final Occasional failures = new Occasional();
    private volatile MemoryPressure pressure = MemoryPressure.NONE;
    private long timer;

    MemoryPressureMonitor(Vertx vertx, StoreMonitor store, RedisTopology topology, StreamgaugeConfig config) {
        this.vertx = vertx;
        this.store = store;
        this.topology = topology;
        this.ratio = config.maxRedisMemoryRatio();
    }

    void start(@Observes StartupEvent event) {
        timer = vertx.setPeriodic(PERIOD.toMillis(), id -> update(store.memory()));
    }

    void stop(@Observes ShutdownEvent event) {
        vertx.cancelTimer(timer);
    }

    /** What applies to pushes at present. */
    public MemoryPressure pressure() {
        return pressure;
    }

    private void update(MemoryUse memory) {
        MemoryPressure.Level level = levelOf(memory, ratio);
        switch (level) {
            case NONE -> become(MemoryPressure.NONE);
            case ALL -> become(MemoryPressure.ALL);
            case GROWTH, LARGE -> {
                long excess = excessOf(memory, ratio);
                readLargest(sizes ->
                        become(new MemoryPressure(level, Math.max(SMALL_BYTES, WaterLevel.of(sizes, excess)))));
            }
        }
    }

    private void readLargest(Consumer<List<Long>> then) {
        if (!reading.compareAndSet(false, true)) {
            return; // the last call still waits for its answer
        }
        TenantSizes.readLargest(topology)
                .onTermination()
                .invoke(() -> reading.set(false))
                .subscribe()
                .with(then, this::noteFailure);
    }

    /** What applied before applies on. */
    private void noteFailure(Throwable failure) {
        long times = failures.next();
        if (times > 0) {
            LOG.warnf("memory sizes=unknown times=%s message=%s", Long.toString(times), failure.getMessage());
        }
    }

    private void become(MemoryPressure now) {
        if (now.level() != pressure.level()) {
            log(now);
        }
        pressure = now;
    }

    static void log(MemoryPressure now) {
        switch (now.level()) {
            case NONE -> LOG.info("memory pressure=NONE");
            case GROWTH, LARGE ->
                LOG.warnf("memory pressure=%s large-bytes=%s", now.level(), Long.toString(now.largeBytes()));
            case ALL -> LOG.warn("memory pressure=ALL");
        }
    }

    /** The level at which Redis' memory use is; each begins above its part of {@code maxmemory}. */
    static MemoryPressure.Level levelOf(MemoryUse memory, double ratio) {
        double rest = 1 - ratio;
        if (memory.isOver(ratio + 0.75 * rest)) {
            return MemoryPressure.Level.ALL;
        }
        if (memory.isOver(ratio + 0.5 * rest)) {
            return MemoryPressure.Level.LARGE;
        }
        return memory.isOver(ratio) ? MemoryPressure.Level.GROWTH : MemoryPressure.Level.NONE;
    }

    /**
     * Bytes that the largest tenants have too much: those above 75 % of {@code maxmemory} by default. The distance to the
     * first level is half of that between the first and the second, so that the levels are not left at once again.
     */
    static long excessOf(MemoryUse memory, double ratio) {
        return memory.usedBytes() - (long) (memory.maxBytes() * (ratio - 0.25 * (1 - ratio)));
    }
}
