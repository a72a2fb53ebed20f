package dev.streamgauge.aggregator.admin;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.server.limits.TenantLimitsSource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.util.Map;

/** Shows and replaces a tenant's own limits. */
@ApplicationScoped
class LimitsAnswers {

    private final TenantAdministration administration;
    private final TenantLimitsSource limits;

    LimitsAnswers(TenantAdministration administration, TenantLimitsSource limits) {
        this.administration = administration;
        this.limits = limits;
    }

    /**
     * A tenant's limits.
     *
     * @param own those of its record
     * @param inForce all of them, by this process' configuration and files
     */
    public record Limits(Map<String, Number> own, Map<String, Number> inForce) {}

    Response get(TenantId tenant) {
        return answer(tenant, administration.get(tenant).tenant().limits());
    }

    Response replace(TenantId tenant, Map<Limit, Double> asked, String by) {
        limits.findFlaw(asked).ifPresent(flaw -> {
            throw new RequestRejectedException(400, Reason.VALUE_INVALID, flaw);
        });
        return answer(tenant, administration.setLimits(tenant, asked, by).limits());
    }

    private Response answer(TenantId tenant, Map<Limit, Double> own) {
        return TenantsResource.json(
                new Limits(LimitsBody.of(own), limits.limitsOf(tenant).byId()));
    }
}
