package dev.streamgauge.aggregator.admin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.server.limits.TenantLimitsSource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Shows and replaces a tenant's own limits. As JSON, they are an object from the limit's id to its value. */
@ApplicationScoped
class LimitsAnswers {

    private static final String[] IDS =
            Arrays.stream(Limit.values()).map(Limit::id).toArray(String[]::new);

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

    Response replace(TenantId tenant, byte[] body, Optional<String> contentType, String by) {
        Map<Limit, Double> asked = parse(body, contentType);
        limits.findFlaw(asked).ifPresent(flaw -> {
            throw new RequestRejectedException(400, AdminError.VALUE_INVALID, flaw);
        });
        return answer(tenant, administration.setLimits(tenant, asked, by).limits());
    }

    private Response answer(TenantId tenant, Map<Limit, Double> own) {
        return TenantsResource.json(
                new Limits(byId(own), limits.limitsOf(tenant).byId()));
    }

    private static Map<Limit, Double> parse(byte[] body, Optional<String> contentType) {
        Map<Limit, Double> limits = new EnumMap<>(Limit.class);
        AdminBody.parse(body, contentType, IDS).fields().forEach((id, value) -> {
            Limit limit = Limit.find(id).orElseThrow();
            limits.put(limit, value(limit, value));
        });
        return limits;
    }

    private static double value(Limit limit, JsonNode value) {
        if (!value.isNumber()) {
            throw AdminBody.invalid(limit.id(), "a number expected");
        }
        double asked = value.doubleValue();
        limit.flawOf(asked).ifPresent(flaw -> {
            throw AdminBody.invalid(limit.id(), value.asText() + " given, " + flaw);
        });
        return asked;
    }

    /** Those limits alone, as they are shown. */
    static Map<String, Number> byId(Map<Limit, Double> limits) {
        Map<String, Number> values = new LinkedHashMap<>();
        for (Limit limit : Limit.values()) {
            Double value = limits.get(limit);
            if (value != null) {
                values.put(limit.id(), limit.shown(value));
            }
        }
        return values;
    }
}
