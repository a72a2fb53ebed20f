package dev.streamgauge.query.usage;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.exposition.ExpositionFormat;
import dev.streamgauge.core.exposition.ExpositionFormats;
import dev.streamgauge.query.negotiation.FormatNegotiation;
import dev.streamgauge.server.access.Authenticator;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

/** {@code GET /tenants/{tenant}/usage/metrics}: the tenant's usage, as metrics for Prometheus. */
@Path("/tenants/{tenant}/usage/metrics")
public class UsageMetricsResource {

    private final Authenticator authenticator;
    private final UsageView view;

    UsageMetricsResource(Authenticator authenticator, UsageView view) {
        this.authenticator = authenticator;
        this.view = view;
    }

    @GET
    public Uni<Response> get(@Context RoutingContext context, @PathParam("tenant") String tenant) {
        ExpositionFormat format = FormatNegotiation.negotiate(
                ExpositionFormats.ALL, context.request().headers().getAll(HttpHeaders.ACCEPT));
        return authenticator
                .tenantNamed(context.request(), Scope.QUERY, tenant)
                .flatMap(result -> view.answer(
                        result,
                        seen -> Response.ok(UsageExposition.of(seen, format))
                                .header("Content-Type", format.contentType())
                                .build()));
    }
}
