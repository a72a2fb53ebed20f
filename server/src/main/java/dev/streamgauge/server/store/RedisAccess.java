package dev.streamgauge.server.store;

import dev.streamgauge.redis.Keyspace;
import dev.streamgauge.redis.topology.RedisConnections;
import dev.streamgauge.redis.topology.RedisTopology;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.hostnames.HostAlias;
import io.quarkus.arc.ClientProxy;
import io.quarkus.redis.client.RedisOptionsCustomizer;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * Builds our own connections from Quarkus' Redis settings ({@code quarkus.redis.*}: address, password, TLS). Quarkus'
 * own client is not used for calls, since it pools connections and has no deadline; it only hands us the settings.
 *
 * <p>TLS always checks that the certificate names the host, unless a setting says otherwise.
 */
@ApplicationScoped
public class RedisAccess implements RedisOptionsCustomizer {

    /** Scheme and user before the {@code @}, without a password. */
    private static final Pattern USER_ALONE = Pattern.compile("^(rediss?://[^:@/?#]+)@");

    /** The rules of RFC 2818: the certificate must name the host that we connect to. */
    private static final String VERIFY_HOST = "HTTPS";

    private final AtomicReference<@Nullable RedisOptions> settings = new AtomicReference<>();

    @Override
    public void customize(String clientName, RedisOptions options) {
        rejectOtherTopologies(options.getType());
        options.getEndpoints().forEach(RedisAddress::check);
        rejectClearTextBesideTls(options.getEndpoints());
        options.setEndpoints(
                options.getEndpoints().stream().map(HostAlias::inAddress).toList());
        List<String> addresses = options.getEndpoints().stream()
                .map(address -> withPassword(address, options.getPassword()))
                .toList();
        NetClientOptions net = options.getNetClientOptions();
        if (isNoAlgorithm(net.getHostnameVerificationAlgorithm())) {
            net.setHostnameVerificationAlgorithm(VERIFY_HOST);
        }
        settings.set(new RedisOptions(options).setEndpoints(addresses)); // there is one client only
    }

    /** With several nodes, scripts would find the keys of only some tenants. */
    private static void rejectOtherTopologies(RedisClientType type) {
        if (type != RedisClientType.STANDALONE) {
            throw new ConfigurationException(
                    "quarkus.redis.client-type: " + type.name().toLowerCase(Locale.ROOT)
                            + " is not supported; use standalone, with a single primary");
        }
    }

    /** Without an algorithm the client rejects every TLS connection, but only when it connects. */
    private static boolean isNoAlgorithm(@Nullable String algorithm) {
        return algorithm == null || algorithm.isEmpty();
    }

    /** Quarkus only logs a warning and sends everything in clear text, including passwords. */
    private static void rejectClearTextBesideTls(List<String> addresses) {
        if (isAnySet("quarkus.redis.tls-configuration-name")
                && addresses.stream().anyMatch(address -> address.startsWith("redis://"))) {
            throw new ConfigurationException("quarkus.redis.hosts begins with redis://, so that"
                    + " quarkus.redis.tls-configuration-name has no effect; write rediss:// to use TLS, or unset it");
        }
    }

    /**
     * Puts the password into an address with a user but no password. Otherwise the client would drop the user, and
     * authenticate as the default user.
     */
    static String withPassword(String address, @Nullable String password) {
        Matcher userAlone = USER_ALONE.matcher(address);
        if (password == null || !userAlone.find()) {
            return address;
        }
        String encoded = URLEncoder.encode(password, StandardCharsets.UTF_8);
        return userAlone.group(1) + ":" + encoded + address.substring(userAlone.end(1));
    }

    /** The names of all keys. */
    @Produces
    @Singleton
    Keyspace keyspace(StreamgaugeConfig config) {
        return new Keyspace(config.partitions(), config.redisKeyPrefix());
    }

    /** The servers that this process calls, with its connections to them. */
    @Produces
    @Singleton
    RedisTopology topology(Vertx vertx, Redis quarkusClient, Keyspace keyspace, StreamgaugeConfig config) {
        if (!isAnySet("quarkus.redis.hosts", "quarkus.redis.hosts-provider-name")) {
            throw new ConfigurationException(
                    "quarkus.redis.hosts: not set; name the Redis to use, such as redis://localhost:6379");
        }
        Redis built = ClientProxy.unwrap(quarkusClient); // makes Quarkus build its client, and so hand us the settings
        RedisOptions options = settings.get();
        if (built == null || options == null) {
            throw new IllegalStateException("Quarkus built its Redis client without asking for its settings");
        }
        return new SingleServer(new RedisConnections(vertx, options, config.redisTimeout()), keyspace);
    }

    private static boolean isAnySet(String... settings) {
        return Arrays.stream(settings)
                .anyMatch(setting -> ConfigProvider.getConfig()
                        .getOptionalValue(setting, String.class)
                        .isPresent());
    }

    void close(@Disposes RedisTopology topology) {
        topology.close();
    }
}
