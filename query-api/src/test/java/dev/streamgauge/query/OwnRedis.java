package dev.streamgauge.query;

import dev.streamgauge.testkit.RedisServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/**
 * Gives a {@code @QuarkusTest} a Redis of its own, in a field of type {@link RedisServer}, to kill and to pause. With
 * {@link #DEAD}, Redis is down when the application starts.
 */
public final class OwnRedis implements QuarkusTestResourceLifecycleManager {

    /** Init argument: with {@code true}, Redis is gone when the application starts. */
    static final String DEAD = "dead";

    /** Key of the administrator of an application with a Redis of its own. */
    static final String ADMIN_KEY = "the-administrators-key-0123456789abcdef";

    private final RedisServer redis = RedisServer.builder().build();
    private boolean dead;

    @Override
    public void init(Map<String, String> arguments) {
        dead = Boolean.parseBoolean(arguments.get(DEAD));
    }

    @Override
    public Map<String, String> start() {
        redis.start();
        if (dead) {
            redis.kill();
        }
        return Map.of(
                "quarkus.redis.hosts",
                redis.url(),
                "streamgauge.redis-timeout",
                "1s",
                "streamgauge.auth.admin-key",
                ADMIN_KEY,
                "streamgauge.query.max-held-bytes",
                "65536");
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
