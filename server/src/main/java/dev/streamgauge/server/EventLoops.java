package dev.streamgauge.server;

import io.quarkus.vertx.VertxOptionsCustomizer;
import io.vertx.core.VertxOptions;
import jakarta.inject.Singleton;
import java.util.OptionalInt;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Uses as many event loops as processors, instead of twice as many as Quarkus does by default. Our loops do not block,
 * and handing a request from one loop to another costs a wake-up.
 */
@Singleton
final class EventLoops implements VertxOptionsCustomizer {

    private final OptionalInt configured;

    EventLoops(@ConfigProperty(name = "quarkus.vertx.event-loops-pool-size") OptionalInt configured) {
        this.configured = configured;
    }

    @Override
    public void accept(VertxOptions options) {
        options.setEventLoopPoolSize(
                configured.orElseGet(() -> Runtime.getRuntime().availableProcessors()));
    }
}
