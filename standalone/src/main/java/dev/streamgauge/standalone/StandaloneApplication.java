package dev.streamgauge.standalone;

import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.standalone.embedded.EmbeddedRedisConfig;
import io.quarkus.arc.Unremovable;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.vertx.http.HttpServer;
import io.quarkus.vertx.http.runtime.VertxHttpConfig.InsecureRequests;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What runs once everything listens: tells the user how to use it, and waits for the end. */
@Singleton
@Unremovable
final class StandaloneApplication implements QuarkusApplication {
    private final HttpServer httpServer;
    private final StreamgaugeConfig streamgauge;
    private final StandaloneConfig standalone;
    private final EmbeddedRedisConfig embeddedRedis;
    private final String host;
    private final Optional<InsecureRequests> insecureRequests;

    StandaloneApplication(
            HttpServer httpServer,
            StreamgaugeConfig streamgauge,
            StandaloneConfig standalone,
            EmbeddedRedisConfig embeddedRedis,
            @ConfigProperty(name = "quarkus.http.host") String host,
            @ConfigProperty(name = "quarkus.http.insecure-requests") Optional<InsecureRequests> insecureRequests) {
        this.httpServer = httpServer;
        this.streamgauge = streamgauge;
        this.standalone = standalone;
        this.embeddedRedis = embeddedRedis;
        this.host = host;
        this.insecureRequests = insecureRequests;
    }

    @Override
    public int run(String... arguments) {
        System.out.println(greeting().text());
        Quarkus.waitForExit();
        return 0;
    }

    private Greeting greeting() {
        // A plain port may be there only to redirect, which curl does not follow.
        boolean isPlain = httpServer.getPort() > 0
                && insecureRequests.orElse(InsecureRequests.ENABLED) == InsecureRequests.ENABLED;
        return new Greeting(
                isPlain ? Greeting.Scheme.HTTP : Greeting.Scheme.HTTPS,
                host,
                isPlain ? httpServer.getPort() : httpServer.getSecurePort(),
                switch (streamgauge.auth().mode()) {
                    case OPEN -> Greeting.Access.OPEN;
                    case API_KEY -> Greeting.Access.API_KEY;
                },
                data());
    }

    private String data() {
        return embeddedRedis.enabled()
                ? standalone.dataDir().toAbsolutePath().normalize().toString()
                : "in the Redis of " + RedisSource.HOSTS;
    }
}
