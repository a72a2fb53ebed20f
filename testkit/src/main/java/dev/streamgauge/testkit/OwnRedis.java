package dev.streamgauge.testkit;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.HashMap;
import java.util.Map;

/**
 * Gives a {@code @QuarkusTest} a Redis of its own, to kill and to pause, in its field of type {@link RedisServer}. Calls
 * of the application have a deadline of 500 ms. Every init argument but {@link #KILLED} is a setting of the application.
 */
public final class OwnRedis implements QuarkusTestResourceLifecycleManager {

    /** Init argument: with {@code true}, Redis is not running when the application starts; restart it. */
    public static final String KILLED = "killed";

    private final RedisServer redis =
            RedisServer.builder().directives("enable-debug-command local").build();
    private final Map<String, String> settings = new HashMap<>();
    private boolean killed;

    @Override
    public void init(Map<String, String> arguments) {
        settings.put("streamgauge.redis-timeout", "500ms");
        settings.putAll(arguments);
        killed = Boolean.parseBoolean(settings.remove(KILLED));
    }

    @Override
    public Map<String, String> start() {
        redis.start();
        if (killed) {
            redis.kill();
        }
        settings.put("quarkus.redis.hosts", redis.url());
        return settings;
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
