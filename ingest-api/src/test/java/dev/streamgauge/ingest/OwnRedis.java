package dev.streamgauge.ingest;

import dev.streamgauge.testkit.FreePort;
import dev.streamgauge.testkit.RedisServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/**
 * Provides one test class with a Redis that it may stop, in its field of type {@link RedisServer}, and the application
 * a short deadline. With the argument {@code start=later} the server is the test's to start.
 */
public final class OwnRedis implements QuarkusTestResourceLifecycleManager {

    private final RedisServer redis = RedisServer.builder()
            .port(FreePort.find())
            .directives("enable-debug-command local")
            .build();
    private boolean startedByTest;

    @Override
    public void init(Map<String, String> arguments) {
        startedByTest = "later".equals(arguments.get("start"));
    }

    @Override
    public Map<String, String> start() {
        if (!startedByTest) {
            redis.start();
        }
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
