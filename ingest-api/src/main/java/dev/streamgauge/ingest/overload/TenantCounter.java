package dev.streamgauge.ingest.overload;

import dev.streamgauge.redis.accounting.TenantCount;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.StreamgaugeConfig.AuthMode;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Counts the tenants once a second in mode {@code open}, where any request may name a new one. With keys, tenants are
 * created by the administrator, and nothing is counted.
 */
@Singleton
public final class TenantCounter {

    private static final Logger LOG = Logger.getLogger(TenantCounter.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final RedisTopology topology;
    private final Optional<TenantRoom> room;
    private final AtomicBoolean counting = new AtomicBoolean();

    /** Of the counts; -1 where nothing is counted. */
    private long timer = -1;

    TenantCounter(Vertx vertx, RedisTopology topology, StreamgaugeConfig config) {
        this.vertx = vertx;
        this.topology = topology;
        this.room = config.auth().mode() == AuthMode.OPEN
                ? Optional.of(new TenantRoom(config.maxTenants()))
                : Optional.empty();
    }

    /** How many more tenants may begin to exist; empty for any number. */
    public Optional<TenantRoom> room() {
        return room;
    }

    void start(@Observes StartupEvent event) {
        room.ifPresent(counted -> timer = vertx.setPeriodic(0, PERIOD.toMillis(), id -> count(counted)));
    }

    void stop(@Observes ShutdownEvent event) {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
        }
    }

    private void count(TenantRoom counted) {
        if (!counting.compareAndSet(false, true)) {
            return; // the last count still waits for its answer
        }
        counted.countBegins();
        TenantCount.read(topology)
                .onTermination()
                .invoke(() -> counting.set(false))
                .subscribe()
                .with(
                        counted::counted,
                        // The store monitor logs an outage once.
                        failure -> LOG.debugf("tenants state=uncounted message=%s", failure.getMessage()));
    }
}
