package dev.streamgauge.server.limits;

import dev.streamgauge.server.access.Authenticator;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

/** {@code GET /api/v1/admin/tenants/{tenant}/user_limits}: any tenant's limits in force, for an administrator. */
@Path("/api/v1/admin/tenants/{tenant}/user_limits")
public class AdministeredUserLimitsResource {

    private final Authenticator authenticator;
    private final TenantLimitsSource source;

    AdministeredUserLimitsResource(Authenticator authenticator, TenantLimitsSource source) {
        this.authenticator = authenticator;
        this.source = source;
    }

    @GET
    public Uni<Response> get(@PathParam("tenant") String tenant, @Context RoutingContext context) {
        return authenticator
                .administered(context.request(), tenant)
                .map(result -> UserLimitsResource.response(result, source));
    }
}
