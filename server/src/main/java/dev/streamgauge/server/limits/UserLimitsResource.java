package dev.streamgauge.server.limits;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.server.access.Callers;
import dev.streamgauge.server.access.Refused;
import dev.streamgauge.server.access.Verdict;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** {@code GET /api/v1/user_limits}: the limits of the caller's tenant, as in Mimir. */
@Path("/api/v1/user_limits")
public class UserLimitsResource {

    private final Callers callers;
    private final TenantLimitsSource source;

    public UserLimitsResource(Callers callers, TenantLimitsSource source) {
        this.callers = callers;
        this.source = source;
    }

    @GET
    public Uni<Response> get(@Context RoutingContext context) {
        return callers.tenantOf(context.request(), Scope.QUERY).map(verdict -> switch (verdict) {
            case Verdict.Known(TenantId known) ->
                Response.ok(source.limitsOf(known).byId(), MediaType.APPLICATION_JSON_TYPE)
                        .build();
            case Verdict.Denied(Refused why) -> why.response();
        });
    }
}
