package dev.streamgauge.aggregator.sweep;

import dev.streamgauge.aggregator.LoopPulse;
import dev.streamgauge.aggregator.WatchedLoop;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.redis.sweep.SeriesSweep;
import dev.streamgauge.server.StartupCheck;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.StreamgaugeConfig.AuthMode;
import dev.streamgauge.server.limits.TenantLimitsSource;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Runs the sweep loop from when Redis has passed the start-up check until this process shuts down. */
@ApplicationScoped
public class Sweeper implements WatchedLoop {

    private static final Logger LOG = Logger.getLogger(Sweeper.class);

    /** How long the current call may take at shutdown. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final StartupCheck startupCheck;
    private final SweepLoop loop;
    private final LoopPulse pulse;
    private @Nullable Thread thread;

    public Sweeper(
            StreamgaugeConfig config,
            StartupCheck startupCheck,
            RedisConnections connections,
            Keyspace keyspace,
            TenantLimitsSource limits,
            SweepMetrics metrics,
            InstantSource clock) {
        this.startupCheck = startupCheck;
        this.pulse = new LoopPulse(config.redisTimeout(), System::nanoTime);
        this.loop = new SweepLoop(
                connections,
                keyspace,
                emptiedIn(config.auth().mode()),
                tenant -> limits.limitsOf(tenant).expiry(),
                metrics,
                clock,
                pulse);
    }

    /** In mode {@code open}, any push may make a tenant up. */
    static SeriesSweep.Emptied emptiedIn(AuthMode mode) {
        return switch (mode) {
            case OPEN -> SeriesSweep.Emptied.REMOVE;
            case API_KEY -> SeriesSweep.Emptied.KEEP;
        };
    }

    void start(@Observes StartupEvent event) {
        thread = Thread.ofVirtual().name("sweep").start(this::runWhenOpen);
    }

    private void runWhenOpen() {
        try {
            if (startupCheck.awaitOpen()) {
                loop.run();
            } else {
                pulse.stop();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            pulse.end();
        }
    }

    @Override
    public String name() {
        return "sweep";
    }

    @Override
    public Optional<String> findFault() {
        return pulse.findFault();
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        pulse.stop();
        loop.stop();
        if (thread != null && !thread.join(STOP_TIMEOUT)) {
            LOG.warn("sweep state=abandoned"); // each call is complete in itself, and another aggregator continues
        }
    }
}
