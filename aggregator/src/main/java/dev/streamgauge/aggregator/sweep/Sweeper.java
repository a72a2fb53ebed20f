package dev.streamgauge.aggregator.sweep;

import dev.streamgauge.aggregator.LoopPulse;
import dev.streamgauge.aggregator.LoopThread;
import dev.streamgauge.aggregator.WatchedLoop;
import dev.streamgauge.redis.sweep.SeriesSweep;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.StreamgaugeConfig.AuthMode;
import dev.streamgauge.server.limits.TenantLimitsSource;
import dev.streamgauge.server.store.StartupCheck;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.InstantSource;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Runs the sweep loop from when Redis has passed the start-up check until this process shuts down. */
@ApplicationScoped
public class Sweeper implements WatchedLoop {

    private static final Logger LOG = Logger.getLogger(Sweeper.class);

    private final LoopThread thread;

    public Sweeper(
            StreamgaugeConfig config,
            StartupCheck startupCheck,
            RedisTopology topology,
            TenantLimitsSource limits,
            SweepMetrics metrics,
            InstantSource clock) {
        LoopPulse pulse = new LoopPulse(config.redisTimeout(), System::nanoTime);
        SweepLoop loop = new SweepLoop(
                topology,
                emptiedIn(config.auth().mode()),
                tenant -> limits.limitsOf(tenant).expiry(),
                metrics,
                clock,
                pulse);
        this.thread = new LoopThread(startupCheck, pulse, loop);
    }

    /** In mode {@code open}, any push may make a tenant up. */
    static SeriesSweep.Emptied emptiedIn(AuthMode mode) {
        return switch (mode) {
            case OPEN -> SeriesSweep.Emptied.REMOVE;
            case API_KEY -> SeriesSweep.Emptied.KEEP;
        };
    }

    void start(@Observes StartupEvent event) {
        thread.start(Thread.ofVirtual().name("sweep"));
    }

    @Override
    public String name() {
        return "sweep";
    }

    @Override
    public Optional<String> findFault() {
        return thread.findFault();
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        thread.stop();
        if (!thread.awaitEnd()) {
            LOG.warn("sweep state=abandoned"); // each call is complete in itself, and another aggregator continues
        }
    }
}
