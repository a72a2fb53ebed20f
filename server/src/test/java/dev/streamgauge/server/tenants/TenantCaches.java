package dev.streamgauge.server.tenants;

import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.TestRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** Caches of tenants for the tests of other packages. */
public final class TenantCaches {

    /** Age after which a cache does not trust what it has read. */
    public static final Duration MAX_AGE = TenantCache.MAX_AGE;

    /** Requests that wait for one poll at most. */
    public static final int MAX_WAITING = CoalescingPoller.MAX_WAITING;

    private TenantCaches() {}

    /** A cache that has read Redis and the tenants file; it stops after the test. */
    public static TenantCache started(
            TestRedis redis,
            RedisTopology topology,
            StreamgaugeConfig config,
            InstantSource clock,
            LongSupplier nanoTime) {
        TenantCache cache =
                new TenantCache(redis.vertx(), topology, config, new SimpleMeterRegistry(), clock, nanoTime);
        redis.closedAfterwards(() -> cache.stop(new ShutdownEvent()));
        cache.start(new StartupEvent());
        cache.refresh().await().atMost(TestRedis.DEADLINE);
        return cache;
    }
}
