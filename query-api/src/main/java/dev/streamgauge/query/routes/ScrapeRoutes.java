package dev.streamgauge.query.routes;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.exposition.ExpositionFormats;
import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.query.QueryConfig;
import dev.streamgauge.query.QueryError;
import dev.streamgauge.query.negotiation.ContentCoding;
import dev.streamgauge.query.negotiation.FormatNegotiation;
import dev.streamgauge.query.scrape.CoalescedScrape.Subscriber;
import dev.streamgauge.query.scrape.ScrapeRequest;
import dev.streamgauge.redis.RedisFailure;
import dev.streamgauge.server.access.AccessError;
import dev.streamgauge.server.access.AuthenticationResult;
import dev.streamgauge.server.access.Authenticator;
import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.server.problems.ProblemAnswers;
import dev.streamgauge.server.problems.RequestError;
import dev.streamgauge.server.store.StartupCheck;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * {@code GET} and {@code HEAD} of {@code /metrics} and {@code /tenants/{tenant}/metrics}.
 *
 * <p>Plain Vert.x routes, since Quarkus REST ends a failed stream in the same way as a complete one.
 */
@ApplicationScoped
public class ScrapeRoutes {

    private static final String NAMES = "name[]";
    private static final String FIRST_ZERO = "first_zero";
    private static final Set<String> BOOLEANS = Set.of("true", "false");

    private final StartupCheck startupCheck;
    private final Authenticator authenticator;
    private final FamilyLookups families;
    private final ScrapeCoalescer coalescer;
    private final QueryConfig config;
    private final QueryMetrics metrics;
    private final ProblemAnswers problems;

    ScrapeRoutes(
            StartupCheck startupCheck,
            Authenticator authenticator,
            FamilyLookups families,
            ScrapeCoalescer coalescer,
            QueryConfig config,
            QueryMetrics metrics,
            ProblemAnswers problems) {
        this.startupCheck = startupCheck;
        this.authenticator = authenticator;
        this.families = families;
        this.coalescer = coalescer;
        this.config = config;
        this.metrics = metrics;
        this.problems = problems;
    }

    void register(@Observes Router router) {
        register(router, "/metrics", this::tenantOfRequest);
        register(router, "/tenants/:tenant/metrics", this::namedTenant);
    }

    private void register(Router router, String path, Function<RoutingContext, Uni<AuthenticationResult>> tenantOf) {
        router.route(path)
                .method(HttpMethod.GET)
                .method(HttpMethod.HEAD)
                .handler(exchange ->
                        tenantOf.apply(exchange).subscribe().with(result -> scrape(exchange, result), exchange::fail));
    }

    private Uni<AuthenticationResult> tenantOfRequest(RoutingContext exchange) {
        return authenticator.tenantOf(exchange.request(), Scope.QUERY);
    }

    private Uni<AuthenticationResult> namedTenant(RoutingContext exchange) {
        return authenticator.tenantNamed(
                exchange.request(), Scope.QUERY, exchange.pathParams().getOrDefault("tenant", ""));
    }

    private void scrape(RoutingContext exchange, AuthenticationResult result) {
        switch (result) {
            case AuthenticationResult.Denied(AccessError error) ->
                problems.send(exchange, error.problem(), error.headers());
            case AuthenticationResult.Known(TenantId tenant) -> scrape(exchange, tenant);
        }
    }

    private void scrape(RoutingContext exchange, TenantId tenant) {
        Map<String, List<String>> parameters =
                new QueryStringDecoder(exchange.request().uri()).parameters();
        List<String> firstZero = parameters.getOrDefault(FIRST_ZERO, List.of());
        if (firstZero.size() > 1 || !BOOLEANS.containsAll(firstZero)) {
            problems.send(
                    exchange, Problem.of(400, QueryError.VALUE_INVALID, FIRST_ZERO + ": true or false expected, once"));
            return;
        }
        if (!startupCheck.isOpen()) {
            reject(
                    exchange,
                    RequestError.REDIS_UNAVAILABLE,
                    "store: Redis was not reached yet, or this process is stopping; try again");
            return;
        }
        // Unless the client says otherwise, scrapers get it, which send their timeout, and other readers do not.
        boolean hasFirstZero = firstZero.isEmpty()
                ? exchange.request().headers().contains(ScrapeResponse.SCRAPE_TIMEOUT)
                : Boolean.parseBoolean(firstZero.getFirst());
        Set<String> names = Set.copyOf(parameters.getOrDefault(NAMES, List.of()));
        if (names.isEmpty()) {
            render(exchange, request(exchange, tenant, names, hasFirstZero));
        } else {
            Context eventLoop = exchange.vertx().getOrCreateContext();
            families.find(tenant, names)
                    .emitOn(task -> eventLoop.runOnContext(nothing -> task.run()))
                    .subscribe()
                    .with(found -> render(exchange, tenant, found, hasFirstZero), failure -> fail(exchange, failure));
        }
    }

    private void render(RoutingContext exchange, TenantId tenant, Set<String> found, boolean hasFirstZero) {
        if (exchange.response().closed()) {
            return; // the client has left meanwhile
        }
        ScrapeRequest request = request(exchange, tenant, found, hasFirstZero);
        if (found.isEmpty()) {
            send(exchange, request, coalescer.joinEmpty(request));
        } else {
            render(exchange, request);
        }
    }

    private void render(RoutingContext exchange, ScrapeRequest request) {
        Optional<Subscriber> subscriber = coalescer.join(request);
        if (subscriber.isEmpty()) {
            reject(exchange, QueryError.TOO_MANY_SCRAPES, ScrapeResponse.tooMany(config));
        } else {
            send(exchange, request, subscriber.get());
        }
    }

    private void send(RoutingContext exchange, ScrapeRequest request, Subscriber subscriber) {
        new ScrapeResponse(exchange, request, subscriber, config, metrics, problems).send();
    }

    private void fail(RoutingContext exchange, Throwable failure) {
        if (failure instanceof RedisFailure) {
            reject(exchange, RequestError.REDIS_UNAVAILABLE, ScrapeResponse.UNREADABLE);
        } else {
            exchange.fail(failure);
        }
    }

    private void reject(RoutingContext exchange, ErrorId reason, String detail) {
        metrics.countFailed(Duration.ZERO);
        problems.send(exchange, Problem.of(503, reason, detail), ScrapeResponse.RETRY_AFTER);
    }

    private static ScrapeRequest request(
            RoutingContext exchange, TenantId tenant, Set<String> names, boolean hasFirstZero) {
        MultiMap headers = exchange.request().headers();
        return new ScrapeRequest(
                tenant,
                names,
                FormatNegotiation.negotiate(ExpositionFormats.ALL, headers.getAll(HttpHeaders.ACCEPT)),
                ContentCoding.negotiate(headers.getAll(HttpHeaders.ACCEPT_ENCODING)),
                hasFirstZero);
    }
}
