package dev.streamgauge.aggregator;

import dev.streamgauge.testkit.RedisServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** Gives one test class a Redis that it may stop, in its field of type {@link RedisServer}; the deadline is short. */
public final class OwnRedis implements QuarkusTestResourceLifecycleManager {

    private final RedisServer redis = RedisServer.builder().build();

    @Override
    public Map<String, String> start() {
        redis.start();
        return Map.of("quarkus.redis.hosts", redis.url(), "streamgauge.redis-timeout", "500ms");
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(redis, new TestInjector.MatchesType(RedisServer.class));
    }

    @Override
    public void stop() {
        redis.close();
    }
}
