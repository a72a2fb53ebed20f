package dev.streamgauge.aggregator.fold;

import dev.streamgauge.aggregator.LoopPulse;
import dev.streamgauge.aggregator.WatchedLoop;
import dev.streamgauge.aggregator.fold.batch.FoldMetrics;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisConnections;
import dev.streamgauge.server.StartupCheck;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.limits.TenantLimitsSource;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Runs the fold loop from when Redis has passed the start-up check until this process shuts down. */
@ApplicationScoped
public class Aggregator implements WatchedLoop {

    private static final Logger LOG = Logger.getLogger(Aggregator.class);

    /** How long the current batch may take at shutdown: a blocked read, and a fold. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final StartupCheck startupCheck;
    private final FoldLoop loop;
    private final LoopPulse pulse;
    private final String consumer;
    private @Nullable Thread thread;

    public Aggregator(
            StreamgaugeConfig config,
            StartupCheck startupCheck,
            RedisConnections connections,
            Keyspace keyspace,
            TenantLimitsSource limits,
            FoldMetrics metrics,
            InstantSource clock) {
        this.startupCheck = startupCheck;
        this.consumer = consumerName();
        this.pulse = new LoopPulse(config.redisTimeout(), System::nanoTime);
        this.loop = new FoldLoop(
                connections,
                keyspace,
                consumer,
                config.reclaimIdle(),
                tenant -> limits.limitsOf(tenant).expiry(),
                metrics,
                clock,
                pulse);
    }

    /** A name that no other process has, nor this one after a restart: its pending entries are then taken over. */
    private static String consumerName() {
        byte[] random = new byte[4];
        new SecureRandom().nextBytes(random);
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "unknown"; // the random part tells consumers apart
        }
        return host + "-" + HexFormat.of().formatHex(random);
    }

    void start(@Observes StartupEvent event) {
        thread = Thread.ofPlatform().name("fold").start(this::runWhenOpen);
    }

    private void runWhenOpen() {
        try {
            if (startupCheck.awaitOpen()) {
                LOG.infof("fold consumer=%s state=started", consumer);
                loop.run();
                LOG.infof("fold consumer=%s state=stopped", consumer);
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
        return "fold";
    }

    @Override
    public Optional<String> findFault() {
        return pulse.findFault();
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        pulse.stop();
        loop.stop();
        if (thread != null && !thread.join(STOP_TIMEOUT)) {
            LOG.warnf("fold consumer=%s state=abandoned", consumer); // its entries stay pending, and are taken over
        }
    }
}
