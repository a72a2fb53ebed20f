package dev.streamgauge.query.usage;

import dev.streamgauge.server.access.Authenticator;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

/** {@code GET /api/v1/admin/tenants/{tenant}/usage}: any tenant's usage, as JSON, for an administrator. */
@Path("/api/v1/admin/tenants/{tenant}/usage")
public class AdministeredUsageResource {

    private final Authenticator authenticator;
    private final UsageView view;

    AdministeredUsageResource(Authenticator authenticator, UsageView view) {
        this.authenticator = authenticator;
        this.view = view;
    }

    @GET
    public Uni<Response> get(@PathParam("tenant") String tenant, @Context RoutingContext context) {
        return authenticator
                .administered(context.request(), tenant)
                .flatMap(result -> view.answer(result, UsageResource::response));
    }
}
