package dev.streamgauge.aggregator.fold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.aggregator.LoopPulse;
import dev.streamgauge.aggregator.Tenant;
import dev.streamgauge.aggregator.fold.batch.FoldMetrics;
import dev.streamgauge.core.tenant.SeriesExpiry;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.testkit.RedisServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Fold loops on threads of their own, beside a Redis that starts empty; all of it ends with this. */
public final class Loops implements AutoCloseable {

    public static final Duration DEADLINE = Duration.ofSeconds(30);

    private static final Keyspace KEYSPACE = new Keyspace(2);

    static {
        // The first use sets up context propagation, which fails if several threads do it at the same time.
        Uni.createFrom().deferred(() -> Uni.createFrom().voidItem()).await().indefinitely();
    }

    private final RedisServer redis = RedisServer.builder().build().start();
    private final Vertx vertx = Vertx.vertx();
    private final RedisConnections connections = new RedisConnections(
            vertx,
            RedisServer.clientOptions(redis.url()),
            Duration.ofSeconds(2)); // a read waits for half of it, which sets the pace of maintenance

    private final SingleServer topology = new SingleServer(connections, KEYSPACE);

    private final List<Running> running = new ArrayList<>();

    /** A loop with its metrics. */
    public record Running(String consumer, LoopPulse pulse, Thread thread, MeterRegistry meters) {

        public void stop() {
            pulse.stop();
            try {
                assertThat(thread.join(DEADLINE)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        public double counter(String name) {
            return meters.get("streamgauge." + name).counter().count();
        }

        public long folds() {
            return meters.get("streamgauge.fold.duration").timer().count();
        }

        public double unreadable() {
            return meters.get("streamgauge.unreadable.entries").gauge().value();
        }
    }

    public Running run(String consumer, Duration reclaimIdle) {
        return run(consumer, reclaimIdle, any -> SeriesExpiry.NEVER);
    }

    public Running run(String consumer, Duration reclaimIdle, InstantSource clock) {
        return run(consumer, reclaimIdle, any -> SeriesExpiry.NEVER, clock);
    }

    public Running run(String consumer, Duration reclaimIdle, Function<TenantId, SeriesExpiry> expiryOf) {
        return run(consumer, reclaimIdle, expiryOf, InstantSource.system());
    }

    public Running run(String consumer, Function<TenantId, SeriesExpiry> expiryOf, LoopPulse pulse) {
        return run(consumer, DEADLINE, expiryOf, InstantSource.system(), pulse);
    }

    private Running run(
            String consumer, Duration reclaimIdle, Function<TenantId, SeriesExpiry> expiryOf, InstantSource clock) {
        return run(consumer, reclaimIdle, expiryOf, clock, new LoopPulse(DEADLINE, System::nanoTime));
    }

    private Running run(
            String consumer,
            Duration reclaimIdle,
            Function<TenantId, SeriesExpiry> expiryOf,
            InstantSource clock,
            LoopPulse pulse) {
        MeterRegistry meters = new SimpleMeterRegistry();
        FoldLoop loop =
                new FoldLoop(topology.node(), consumer, reclaimIdle, expiryOf, new FoldMetrics(meters), clock, pulse);
        Running started = new Running(consumer, pulse, Thread.ofPlatform().start(loop), meters);
        running.add(started);
        return started;
    }

    public Tenant tenant(String name) {
        return Tenant.of(topology, name);
    }

    public RedisServer redis() {
        return redis;
    }

    public SingleServer topology() {
        return topology;
    }

    public Keyspace keyspace() {
        return KEYSPACE;
    }

    @Override
    public void close() {
        running.forEach(Running::stop);
        connections.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
        redis.close();
    }
}
