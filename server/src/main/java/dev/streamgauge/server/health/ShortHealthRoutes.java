package dev.streamgauge.server.health;

import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/** The health paths that Prometheus' own programs have. */
@ApplicationScoped
public class ShortHealthRoutes {

    void register(@Observes Router router) {
        router.route("/-/healthy").handler(context -> context.reroute("/q/health/live"));
        router.route("/-/ready").handler(context -> context.reroute("/q/health/ready"));
    }
}
