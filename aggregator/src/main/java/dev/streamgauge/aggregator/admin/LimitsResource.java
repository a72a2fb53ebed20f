package dev.streamgauge.aggregator.admin;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.server.limits.TenantLimitsSource;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.util.Map;

/** {@code /api/v1/admin/tenants/{tenant}/limits}: shows and replaces a tenant's own limits. */
@Path("/api/v1/admin/tenants/{tenant}/limits")
public class LimitsResource {

    private final AdminCalls calls;
    private final TenantAdministration administration;
    private final TenantLimitsSource limits;

    LimitsResource(AdminCalls calls, TenantAdministration administration, TenantLimitsSource limits) {
        this.calls = calls;
        this.administration = administration;
        this.limits = limits;
    }

    /**
     * A tenant's limits.
     *
     * @param own those of its record
     * @param inForce all of them, by this process' configuration and files
     */
    public record Limits(
            Map<String, Number> own,
            @JsonProperty("in_force") Map<String, Number> inForce) {}

    @GET
    public Uni<Response> get(@PathParam("tenant") String name, @Context RoutingContext context) {
        return calls.answer(context, (body, by) -> {
            TenantId tenant = AdminCalls.tenant(name);
            return answer(tenant, administration.get(tenant).tenant().limits());
        });
    }

    @PUT
    public Uni<Response> put(@PathParam("tenant") String name, @Context RoutingContext context) {
        return calls.answer(context, (body, by) -> {
            TenantId tenant = AdminCalls.tenant(name);
            Map<Limit, Double> asked = LimitsBody.parse(body, TenantsResource.contentType(context));
            return answer(tenant, administration.setLimits(tenant, asked, by).limits());
        });
    }

    private Response answer(TenantId tenant, Map<Limit, Double> own) {
        return TenantsResource.json(new Limits(LimitsBody.of(own), LimitsBody.of(limits.limitsOf(tenant))));
    }
}
