package dev.streamgauge.server.limits;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.server.reload.InvalidFileException;
import dev.streamgauge.server.reload.StrictYaml;
import java.util.HashMap;
import java.util.Map;

/**
 * Limits of single tenants, in the format of Mimir's runtime configuration:
 *
 * <pre>{@code
 * overrides:
 *   acme:
 *     ingestion_rate: 50000
 * }</pre>
 *
 * <p>A limit that is not named keeps its default. An unknown field makes the whole file invalid, so that a misspelled
 * limit is noticed.
 */
final class Overrides {

    /** No tenant has limits of its own. */
    static final Overrides NONE = new Overrides(Map.of());

    private static final String ROOT = "overrides";

    private final Map<TenantId, Map<Limit, Double>> limits;

    private Overrides(Map<TenantId, Map<Limit, Double>> limits) {
        this.limits = Map.copyOf(limits);
    }

    /** Reads the text of a file; an empty one overrides nothing. */
    static Overrides parse(String text, TenantLimits defaults) throws InvalidFileException {
        Map<TenantId, Map<Limit, Double>> limits = new HashMap<>();
        for (Map.Entry<TenantId, JsonNode> tenant :
                StrictYaml.tenants(text, ROOT).entrySet()) {
            String path = ROOT + "." + tenant.getKey();
            Map<Limit, Double> own = StrictYaml.limits(path, tenant.getValue());
            String flaw = defaults.with(own).findFlaw().orElse("");
            if (!flaw.isEmpty()) {
                throw new InvalidFileException(path + "." + flaw);
            }
            limits.put(tenant.getKey(), own);
        }
        return new Overrides(limits);
    }

    /** The limits that the file overrides for a tenant; empty for most tenants. */
    Map<Limit, Double> limitsOf(TenantId tenant) {
        return limits.getOrDefault(tenant, Map.of());
    }
}
