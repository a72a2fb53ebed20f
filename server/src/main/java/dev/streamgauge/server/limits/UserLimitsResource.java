package dev.streamgauge.server.limits;

import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.server.Problem;
import dev.streamgauge.server.access.CallerTenant;
import dev.streamgauge.server.access.CallerTenant.Verdict;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/user_limits}: the limits of the caller's tenant, as in Mimir. */
@Path("/api/v1/user_limits")
public class UserLimitsResource {

    private final CallerTenant callers;
    private final TenantLimitsSource source;

    public UserLimitsResource(CallerTenant callers, TenantLimitsSource source) {
        this.callers = callers;
        this.source = source;
    }

    @GET
    public Response get(@HeaderParam(CallerTenant.HEADER) @Nullable String tenant) {
        return switch (callers.of(tenant)) {
            case Verdict.Known(TenantId known) ->
                Response.ok(values(source.limitsOf(known)), MediaType.APPLICATION_JSON_TYPE)
                        .build();
            case Verdict.Refused(var status, var reason, var detail) ->
                Problem.of(status, reason, detail).response();
        };
    }

    private static Map<String, Number> values(TenantLimits limits) {
        Map<String, Number> values = new LinkedHashMap<>();
        for (Limit limit : Limit.values()) {
            double value = limit.of(limits);
            values.put(limit.id(), limit.isRate() ? value : (Number) (long) value);
        }
        return values;
    }
}
