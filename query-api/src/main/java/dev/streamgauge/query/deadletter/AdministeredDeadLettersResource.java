package dev.streamgauge.query.deadletter;

import dev.streamgauge.server.access.Authenticator;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

/** {@code GET /api/v1/admin/tenants/{tenant}/dead-letters}: any tenant's dead letters, for an administrator. */
@Path("/api/v1/admin/tenants/{tenant}/dead-letters")
public class AdministeredDeadLettersResource {

    private final Authenticator authenticator;
    private final DeadLettersView view;

    AdministeredDeadLettersResource(Authenticator authenticator, DeadLettersView view) {
        this.authenticator = authenticator;
        this.view = view;
    }

    @GET
    public Uni<Response> get(
            @PathParam("tenant") String tenant, @Context RoutingContext context, @Context UriInfo uri) {
        return authenticator.administered(context.request(), tenant).flatMap(result -> view.answer(result, uri));
    }
}
