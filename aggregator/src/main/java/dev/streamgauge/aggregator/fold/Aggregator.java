package dev.streamgauge.aggregator.fold;

import dev.streamgauge.aggregator.LoopPulse;
import dev.streamgauge.aggregator.LoopThread;
import dev.streamgauge.aggregator.WatchedLoop;
import dev.streamgauge.aggregator.fold.batch.FoldMetrics;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.limits.TenantLimitsSource;
import dev.streamgauge.server.store.StartupCheck;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Runs a fold loop for each node of Redis, from when Redis has passed the start-up check until this process shuts down. */
@ApplicationScoped
public class Aggregator implements WatchedLoop {

    private static final Logger LOG = Logger.getLogger(Aggregator.class);

    private final String consumer;
    private final List<LoopThread> loops;

    public Aggregator(
            StreamgaugeConfig config,
            StartupCheck startupCheck,
            RedisTopology topology,
            TenantLimitsSource limits,
            FoldMetrics metrics,
            InstantSource clock) {
        this.consumer = consumerName();
        this.loops = topology.nodes().stream()
                .map(node -> {
                    LoopPulse pulse = new LoopPulse(config.redisTimeout(), System::nanoTime);
                    FoldLoop loop = new FoldLoop(
                            node,
                            consumer,
                            config.reclaimIdle(),
                            tenant -> limits.limitsOf(tenant).expiry(),
                            metrics,
                            clock,
                            pulse);
                    return new LoopThread(startupCheck, pulse, loop);
                })
                .toList();
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
        loops.forEach(loop -> loop.start(Thread.ofPlatform().name("fold")));
    }

    @Override
    public String name() {
        return "fold";
    }

    @Override
    public Optional<String> findFault() {
        return loops.stream().flatMap(loop -> loop.findFault().stream()).findFirst();
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        loops.forEach(LoopThread::stop);
        for (LoopThread loop : loops) {
            if (!loop.awaitEnd()) {
                LOG.warnf("fold consumer=%s state=abandoned", consumer); // its entries stay pending, and are taken over
            }
        }
    }
}
