package dev.streamgauge.server.access;

import dev.streamgauge.server.ProblemAnswers;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Asks for {@code streamgauge.auth.metrics-key}, if there is one, before the own metrics are shown. A route like that of the
 * metrics, before it, so that whatever way of writing the path leads there leads here first.
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
                        rejected -> rejected.ifPresentOrElse(
                                why -> problems.send(exchange, why.problem(), why.headers()), exchange::next),
                        exchange::fail);
    }
}
