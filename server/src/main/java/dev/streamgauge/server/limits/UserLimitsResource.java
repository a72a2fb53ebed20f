package dev.streamgauge.server.limits;

import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.server.access.AccessError;
import dev.streamgauge.server.access.AuthenticationResult;
import dev.streamgauge.server.access.Authenticator;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** {@code GET /api/v1/user_limits}: the limits of the request's tenant, as in Mimir. */
@Path("/api/v1/user_limits")
public class UserLimitsResource {

    private final Authenticator authenticator;
    private final TenantLimitsSource source;

    public UserLimitsResource(Authenticator authenticator, TenantLimitsSource source) {
        this.authenticator = authenticator;
        this.source = source;
    }

    @GET
    public Uni<Response> get(@Context RoutingContext context) {
        return authenticator.tenantOf(context.request(), Scope.QUERY).map(result -> response(result, source));
    }

    /** The answer to an authenticated or denied request. */
    static Response response(AuthenticationResult result, TenantLimitsSource source) {
        return switch (result) {
            case AuthenticationResult.Known(TenantId known) ->
                Response.ok(source.limitsOf(known).byId(), MediaType.APPLICATION_JSON_TYPE)
                        .build();
            case AuthenticationResult.Denied(AccessError error) -> error.response();
        };
    }
}
