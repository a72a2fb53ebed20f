package dev.streamgauge.server.store;

import dev.streamgauge.redis.accounting.StoreTotals;
import dev.streamgauge.redis.store.MemoryUse;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.StreamgaugeConfig;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToDoubleFunction;
import org.jboss.logging.Logger;

/**
 * Polls Redis once a second: whether it answers, and what the scripts have counted. Every process exposes the same
 * totals, since they are the store's; take their maximum over processes, not their sum.
 */
@ApplicationScoped
public class StoreMonitor {

    private static final Logger LOG = Logger.getLogger(StoreMonitor.class);
    private static final long PERIOD_MILLIS = 1_000;

    private final Vertx vertx;
    private final RedisTopology topology;
    private final double maxMemoryRatio;
    private final MeterRegistry registry;
    private final AtomicBoolean polling = new AtomicBoolean();
    private volatile StoreTotals totals = StoreTotals.ZERO;
    private volatile MemoryUse memory = MemoryUse.UNKNOWN;
    private volatile boolean up;
    private long timer;

    public StoreMonitor(Vertx vertx, RedisTopology topology, StreamgaugeConfig config, MeterRegistry registry) {
        this.vertx = vertx;
        this.topology = topology;
        this.maxMemoryRatio = config.maxRedisMemoryRatio();
        this.registry = registry;
    }

    private void register() {
        Gauge.builder("streamgauge.redis.up", this, monitor -> monitor.up ? 1 : 0)
                .description("1 if Redis answered the last poll, else 0")
                .register(registry);
        Gauge.builder("streamgauge.redis.memory.used.bytes", this, monitor -> monitor.memory.usedBytes())
                .description("Memory that Redis uses, as it counts against its maxmemory")
                .register(registry);
        Gauge.builder("streamgauge.redis.memory.max.bytes", this, monitor -> monitor.memory.maxBytes())
                .description("Redis' maxmemory, 0 if there is no limit")
                .register(registry);
        count("streamgauge.accepted.samples", "Samples stored", StoreTotals::accepted);
        count("streamgauge.folded.samples", "Samples added to the registries", StoreTotals::folded);
        count("streamgauge.dead.lettered.samples", "Samples in dead letters", StoreTotals::dead);
        count("streamgauge.dead.lettered.entries", "Entries made dead letters", StoreTotals::deadLettered);
        count("streamgauge.lost.entries", "Entries deleted from outside before folding", StoreTotals::lost);
        count(
                "streamgauge.saturated.values",
                "Sums and counts that stayed at the end of their range",
                StoreTotals::saturated);
        gauge("streamgauge.pending.samples", "Samples stored and not yet folded", StoreTotals::pending);
        gauge("streamgauge.backlog.entries", "Entries in the streams", StoreTotals::backlogEntries);
        gauge(
                "streamgauge.oldest.unfolded.entry.age.seconds",
                "Age of the oldest entry that is not folded, 0 if there is none",
                read -> read.oldestAge().toMillis() / 1000.0);
    }

    private void count(String name, String help, ToDoubleFunction<StoreTotals> value) {
        FunctionCounter.builder(name, this, monitor -> value.applyAsDouble(monitor.totals))
                .description(help)
                .register(registry);
    }

    private void gauge(String name, String help, ToDoubleFunction<StoreTotals> value) {
        Gauge.builder(name, this, monitor -> value.applyAsDouble(monitor.totals))
                .description(help)
                .register(registry);
    }

    void start(@Observes StartupEvent event) {
        register();
        timer = vertx.setPeriodic(0, PERIOD_MILLIS, id -> poll());
    }

    void stop(@Observes ShutdownEvent event) {
        vertx.cancelTimer(timer);
    }

    private void poll() {
        if (!polling.compareAndSet(false, true)) {
            return; // the last poll still waits for its answer
        }
        // One call after the other: if two calls fail at once, the second failure is logged as dropped.
        MemoryUse.read(topology)
                .flatMap(used ->
                        StoreTotals.read(topology).invoke(read -> totals = read).replaceWith(used))
                .onTermination()
                .invoke(() -> polling.set(false))
                .subscribe()
                .with(
                        used -> {
                            memory = used;
                            if (!up) {
                                up = true;
                                LOG.info("redis up=true");
                            }
                        },
                        this::noteDown);
    }

    private void noteDown(Throwable cause) {
        if (up) {
            up = false;
            LOG.warnf("redis up=false message=%s", cause.getMessage());
        }
    }

    /** Redis' memory use as of the last poll that it answered. */
    public MemoryUse memory() {
        return memory;
    }

    /** Whether Redis uses so much memory that the rest is reserved for folding. */
    public boolean isUnderMemoryPressure() {
        return memory.isOver(maxMemoryRatio);
    }

    /** Whether Redis answered the last poll. */
    public boolean isUp() {
        return up;
    }
}
