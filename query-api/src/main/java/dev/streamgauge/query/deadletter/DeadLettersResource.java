package dev.streamgauge.query.deadletter;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.server.access.Authenticator;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

/** {@code GET /api/v1/dead-letters}: the tenant's samples that were accepted but could not be counted, and why. */
@Path("/api/v1/dead-letters")
public class DeadLettersResource {

    private final Authenticator authenticator;
    private final DeadLettersView view;

    DeadLettersResource(Authenticator authenticator, DeadLettersView view) {
        this.authenticator = authenticator;
        this.view = view;
    }

    @GET
    public Uni<Response> get(@Context RoutingContext context, @Context UriInfo uri) {
        return authenticator.tenantOf(context.request(), Scope.QUERY).flatMap(result -> view.answer(result, uri));
    }
}
