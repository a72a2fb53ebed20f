package dev.streamgauge.query;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.SharedRendering.Taker;
import dev.streamgauge.server.Problem;
import dev.streamgauge.server.StoreGate;
import dev.streamgauge.server.access.CallerTenant;
import dev.streamgauge.server.access.CallerTenant.Verdict;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET} and {@code HEAD} of {@code /metrics} and {@code /tenants/{tenant}/metrics}.
 *
 * <p>Plain Vert.x routes, since Quarkus REST ends a stream that failed like one that did not. There is one format, so
 * {@code Accept} decides nothing.
 */
@ApplicationScoped
public class ScrapeRoutes {

    private static final String NAMES = "name[]";

    private final StoreGate gate;
    private final CallerTenant callerTenant;
    private final Renderings renderings;
    private final QueryConfig config;
    private final QueryMetrics metrics;
    private final ProblemAnswers problems;

    ScrapeRoutes(
            StoreGate gate,
            CallerTenant callerTenant,
            Renderings renderings,
            QueryConfig config,
            QueryMetrics metrics,
            ProblemAnswers problems) {
        this.gate = gate;
        this.callerTenant = callerTenant;
        this.renderings = renderings;
        this.config = config;
        this.metrics = metrics;
        this.problems = problems;
    }

    void register(@Observes Router router) {
        register(router, "/metrics", this::callersTenant);
        register(router, "/tenants/:tenant/metrics", this::namedTenant);
    }

    private void register(Router router, String path, Function<RoutingContext, Verdict> tenantOf) {
        router.route(path)
                .method(HttpMethod.GET)
                .method(HttpMethod.HEAD)
                .handler(exchange -> scrape(exchange, tenantOf.apply(exchange)));
        router.route(path).handler(this::refuseMethod);
    }

    private Verdict callersTenant(RoutingContext exchange) {
        return callerTenant.of(header(exchange));
    }

    private Verdict namedTenant(RoutingContext exchange) {
        Verdict named = callerTenant.parse(exchange.pathParams().getOrDefault("tenant", ""), "tenant in the path");
        @Nullable String header = header(exchange);
        if (header == null || header.isEmpty() || named instanceof Verdict.Refused) {
            return named;
        }
        Verdict caller = callerTenant.of(header);
        return caller instanceof Verdict.Refused || caller.equals(named)
                ? caller
                : new Verdict.Refused(
                        403,
                        Reason.FORBIDDEN,
                        CallerTenant.HEADER + ": names another tenant than the path; leave it out, or name the same");
    }

    private void scrape(RoutingContext exchange, Verdict verdict) {
        switch (verdict) {
            case Verdict.Refused(int status, Reason reason, String detail) ->
                problems.send(exchange, Problem.of(status, reason, detail));
            case Verdict.Known(TenantId tenant) -> scrape(exchange, tenant);
        }
    }

    private void scrape(RoutingContext exchange, TenantId tenant) {
        if (gate.isOpen()) {
            render(exchange, new ScrapeRequest(tenant, names(exchange), coding(exchange)));
        } else {
            refuse(
                    exchange,
                    Reason.REDIS_UNAVAILABLE,
                    "store: Redis was not reached yet, or this process is stopping; try again");
        }
    }

    private void render(RoutingContext exchange, ScrapeRequest request) {
        Optional<Taker> taker = renderings.join(request);
        if (taker.isEmpty()) {
            refuse(
                    exchange,
                    Reason.TOO_MANY_SCRAPES,
                    "scrapes: as many under way as allowed, at most " + config.maxConcurrentScrapesPerTenant()
                            + " of a tenant and " + config.maxConcurrentScrapes() + " in all; try again");
        } else {
            new ScrapeResponse(exchange, request, taker.get(), config, metrics, problems).send();
        }
    }

    private void refuse(RoutingContext exchange, Reason reason, String detail) {
        metrics.countFailed(Duration.ZERO);
        problems.send(exchange, Problem.of(503, reason, detail), ScrapeResponse.RETRY_AFTER);
    }

    private void refuseMethod(RoutingContext exchange) {
        exchange.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
        problems.send(
                exchange,
                Problem.of(405, Reason.METHOD_NOT_ALLOWED, "method: only GET and HEAD are known at this path"));
    }

    private static @Nullable String header(RoutingContext exchange) {
        return exchange.request().getHeader(CallerTenant.HEADER);
    }

    private static ContentCoding coding(RoutingContext exchange) {
        return ContentCoding.negotiate(exchange.request().headers().getAll(HttpHeaders.ACCEPT_ENCODING));
    }

    /** The families asked for, empty for all. The name may be percent-encoded, too. */
    private static Set<String> names(RoutingContext exchange) {
        List<String> names =
                new QueryStringDecoder(exchange.request().uri()).parameters().getOrDefault(NAMES, List.of());
        return Set.copyOf(names);
    }
}
