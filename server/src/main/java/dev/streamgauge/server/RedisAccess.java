package dev.streamgauge.server;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.RedisLinks;
import io.quarkus.arc.ClientProxy;
import io.quarkus.redis.client.RedisOptionsCustomizer;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * Builds our own connections from Quarkus' Redis settings ({@code quarkus.redis.*}: address, password, TLS). Quarkus' own
 * client serves only to read them: it pools connections and has no deadline.
 */
@ApplicationScoped
public class RedisAccess implements RedisOptionsCustomizer {

    private final AtomicReference<@Nullable RedisOptions> settings = new AtomicReference<>();

    @Override
    public void customize(String clientName, RedisOptions options) {
        settings.set(new RedisOptions(options)); // there is one client only
    }

    /** The names of all keys. */
    @Produces
    @Singleton
    Keyspace keyspace(StreamgaugeConfig config) {
        return new Keyspace(config.partitions(), config.redisKeyPrefix());
    }

    /** The connections of this process. */
    @Produces
    @Singleton
    RedisLinks links(Vertx vertx, Redis quarkusClient, StreamgaugeConfig config) {
        if (!isAnySet("quarkus.redis.hosts", "quarkus.redis.hosts-provider-name")) {
            throw new ConfigurationException(
                    "quarkus.redis.hosts: not set; name the Redis to use, such as redis://localhost:6379");
        }
        Redis built = ClientProxy.unwrap(quarkusClient); // makes Quarkus build its client, and so hand us the settings
        RedisOptions options = settings.get();
        if (built == null || options == null) {
            throw new IllegalStateException("Quarkus built its Redis client without asking for its settings");
        }
        return new RedisLinks(vertx, options, config.redisTimeout());
    }

    private static boolean isAnySet(String... settings) {
        return Arrays.stream(settings)
                .anyMatch(setting -> ConfigProvider.getConfig()
                        .getOptionalValue(setting, String.class)
                        .isPresent());
    }

    void close(@Disposes RedisLinks links) {
        links.close();
    }
}
