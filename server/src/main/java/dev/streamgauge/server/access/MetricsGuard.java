package dev.streamgauge.server.access;

import dev.streamgauge.server.problems.ProblemAnswers;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Protects the metrics of this process with {@code streamgauge.auth.metrics-key}, if it is set. Its route has the same
 * pattern as the route of the metrics and comes before it, so that no spelling of the path avoids it.
 */
@ApplicationScoped
public class MetricsGuard {

    private final Authenticator authenticator;
    private final ProblemAnswers problems;

    MetricsGuard(Authenticator authenticator, ProblemAnswers problems) {
        this.authenticator = authenticator;
        this.problems = problems;
    }

    void register(@Observes Router router) {
        router.route("/q/metrics*").order(Integer.MIN_VALUE).handler(this::check);
    }

    private void check(RoutingContext exchange) {
        authenticator
                .operator(exchange.request())
                .subscribe()
                .with(
                        denied -> denied.ifPresentOrElse(
                                error -> problems.send(exchange, error.problem(), error.headers()), exchange::next),
                        exchange::fail);
    }
}
