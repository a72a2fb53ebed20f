package dev.streamgauge.server.requests;

import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.server.problems.ProblemAnswers;
import dev.streamgauge.server.problems.RequestError;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Rejects malformed requests with a problem, before any route sees them. Otherwise Vert.x and Quarkus would answer some
 * of them without a body, log others as errors, and serve the rest.
 */
@ApplicationScoped
public class RequestChecks {

    private static final Logger LOG = Logger.getLogger(RequestChecks.class);

    private static final CharSequence CONTENT_TYPE_OPTIONS = HttpHeaders.createOptimized("X-Content-Type-Options");
    private static final CharSequence NO_SNIFF = HttpHeaders.createOptimized("nosniff");

    /** The first route after the one that tracks connections. */
    private static final int PRIORITY = 2;

    private final OpenModeGuard openMode;
    private final ProblemAnswers problems;

    RequestChecks(OpenModeGuard openMode, ProblemAnswers problems) {
        this.openMode = openMode;
        this.problems = problems;
    }

    void register(@Observes @Priority(PRIORITY) Router router) {
        router.route().order(Integer.MIN_VALUE).handler(this::check).failureHandler(this::explain);
    }

    private void check(RoutingContext exchange) {
        exchange.response().putHeader(CONTENT_TYPE_OPTIONS, NO_SNIFF);
        Optional<Problem> flaw = flawOf(exchange.request());
        if (flaw.isEmpty()) {
            exchange.next();
        } else {
            reject(exchange, flaw.get());
        }
    }

    /** Vert.x fails a request with a malformed host or path before it calls the first route. */
    private void explain(RoutingContext exchange) {
        Optional<Problem> flaw = exchange.response().headWritten() ? Optional.empty() : flawOf(exchange.request());
        if (flaw.isEmpty()) {
            exchange.next();
        } else {
            exchange.response().putHeader(CONTENT_TYPE_OPTIONS, NO_SNIFF);
            reject(exchange, flaw.get());
        }
    }

    private void reject(RoutingContext exchange, Problem problem) {
        LOG.debugf("request state=rejected reason=%s", problem.reason());
        if (problem.status() == 501) { // where its body ends is not known
            exchange.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            exchange.addEndHandler(sent -> exchange.request().connection().close());
        }
        problems.send(exchange, problem);
    }

    private Optional<Problem> flawOf(HttpServerRequest request) {
        List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
        if (!codings.isEmpty() && !(codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked"))) {
            return Optional.of(Problem.of(
                    501,
                    RequestError.TRANSFER_ENCODING_UNSUPPORTED,
                    "Transfer-Encoding: only chunked is known; compress a body with Content-Encoding: gzip"));
        }
        Optional<String> host = HostName.flawOf(request);
        if (host.isPresent()) {
            return Optional.of(Problem.of(400, RequestError.HOST_INVALID, host.get()));
        }
        Optional<String> target = RequestTarget.flawOf(request.uri());
        if (target.isPresent()) {
            return Optional.of(Problem.of(400, RequestError.URL_INVALID, target.get()));
        }
        return openMode.flawOf(request);
    }
}
