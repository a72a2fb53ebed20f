package dev.streamgauge.standalone;

import dev.streamgauge.standalone.embedded.EmbeddedRedisConfig;
import io.quarkus.arc.Unremovable;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.vertx.http.HttpServer;
import jakarta.inject.Singleton;

/** What runs once everything listens: tells the user how to use it, and waits for the end. */
@Singleton
@Unremovable
final class StandaloneApplication implements QuarkusApplication {
    private final HttpServer httpServer;
    private final StandaloneConfig standalone;
    private final EmbeddedRedisConfig embeddedRedis;

    StandaloneApplication(HttpServer httpServer, StandaloneConfig standalone, EmbeddedRedisConfig embeddedRedis) {
        this.httpServer = httpServer;
        this.standalone = standalone;
        this.embeddedRedis = embeddedRedis;
    }

    @Override
    public int run(String... arguments) {
        System.out.println(greeting());
        Quarkus.waitForExit();
        return 0;
    }

    private String greeting() {
        String address = httpServer.getPort() > 0
                ? "http://localhost:" + httpServer.getPort()
                : "https://localhost:" + httpServer.getSecurePort();
        String data = embeddedRedis.enabled()
                ? standalone.dataDir().toAbsolutePath().normalize().toString()
                : "in the Redis of " + RedisSource.HOSTS;
        return """

                Streamgauge is up.
                  address  %1$s
                  data     %2$s
                  push     curl -i %1$s/api/v1/metrics -d '{"name":"orders_total","type":"counter","value":1,"labels":{"region":"eu"}}' -H 'Content-Type: application/json'
                  scrape   curl %1$s/metrics
                """.formatted(address, data);
    }
}
