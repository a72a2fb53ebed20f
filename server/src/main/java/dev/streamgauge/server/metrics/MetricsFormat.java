package dev.streamgauge.server.metrics;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.jspecify.annotations.Nullable;

/**
 * Makes Prometheus' text format 0.0.4 the default of the own metrics; a client that names OpenMetrics and no text gets
 * OpenMetrics. By itself, Quarkus answers with OpenMetrics unless {@code Accept} names {@code text/plain}, and with 406
 * to parameters of OpenMetrics that are not its own.
 */
@ApplicationScoped
public class MetricsFormat {

    private static final String TEXT = "text/plain";
    private static final String OPEN_METRICS = "application/openmetrics-text";

    /** The parameters that Quarkus' route has. */
    private static final String QUARKUS_OPEN_METRICS = OPEN_METRICS + "; version=1.0.0; charset=utf-8";

    void register(@Observes Router router) {
        router.route("/q/metrics*").order(Integer.MIN_VALUE).handler(MetricsFormat::choose);
    }

    private static void choose(RoutingContext exchange) {
        String accept = exchange.request().getHeader(HttpHeaders.ACCEPT);
        exchange.request().headers().set(HttpHeaders.ACCEPT, formatOf(accept));
        exchange.next();
    }

    private static String formatOf(@Nullable String accept) {
        boolean isOpenMetrics = accept != null && accept.contains(OPEN_METRICS) && !accept.contains(TEXT);
        return isOpenMetrics ? QUARKUS_OPEN_METRICS : TEXT;
    }
}
