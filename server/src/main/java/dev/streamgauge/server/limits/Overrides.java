package dev.streamgauge.server.limits;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Limits of single tenants, in the shape of Mimir's runtime configuration:
 *
 * <pre>{@code
 * overrides:
 *   acme:
 *     ingestion_rate: 50000
 * }</pre>
 *
 * <p>A limit that is not named stays as it is for all. Whatever is not understood makes the whole file invalid, so that a
 * misspelt limit is noticed.
 */
final class Overrides {

    /** No tenant has limits of its own. */
    static final Overrides NONE = new Overrides(Map.of());

    private static final String ROOT = "overrides";

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Map<TenantId, TenantLimits> limits;

    private Overrides(Map<TenantId, TenantLimits> limits) {
        this.limits = Map.copyOf(limits);
    }

    /** Why a file cannot be used, in one line. */
    static final class InvalidException extends Exception {

        private static final long serialVersionUID = 1L;

        InvalidException(String message) {
            super(message);
        }
    }

    /** Reads the text of a file; an empty one overrides nothing. */
    static Overrides parse(String text, TenantLimits defaults) throws InvalidException {
        JsonNode root = tree(text);
        Map<TenantId, TenantLimits> limits = new HashMap<>();
        for (Map.Entry<String, JsonNode> top : fields("file", root).entrySet()) {
            if (!top.getKey().equals(ROOT)) {
                throw new InvalidException(top.getKey() + ": not known here; only " + ROOT + " is");
            }
            for (Map.Entry<String, JsonNode> tenant :
                    fields(ROOT, top.getValue()).entrySet()) {
                String path = ROOT + "." + tenant.getKey();
                TenantId id = TenantId.parse(tenant.getKey())
                        .orElseThrow(() -> new InvalidException(path + ": no valid tenant id"));
                limits.put(id, defaults.with(values(path, tenant.getValue())));
            }
        }
        return new Overrides(limits);
    }

    private static JsonNode tree(String text) throws InvalidException {
        try {
            return YAML.readTree(text);
        } catch (JsonProcessingException e) {
            String where =
                    e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
            throw new InvalidException(
                    where + e.getOriginalMessage().lines().findFirst().orElse("no YAML"));
        }
    }

    private static Map<Limit, Double> values(String path, JsonNode node) throws InvalidException {
        Map<Limit, Double> values = new EnumMap<>(Limit.class);
        for (Map.Entry<String, JsonNode> field : fields(path, node).entrySet()) {
            String name = path + "." + field.getKey();
            Limit limit = Limit.find(field.getKey())
                    .orElseThrow(() -> new InvalidException(name + ": no such limit; there are "
                            + Arrays.stream(Limit.values()).map(Limit::id).collect(Collectors.joining(", "))));
            if (!field.getValue().isNumber()) {
                throw new InvalidException(name + ": a number expected");
            }
            double value = field.getValue().doubleValue();
            String flaw = limit.flawOf(value).orElse("");
            if (!flaw.isEmpty()) {
                throw new InvalidException(name + ": " + field.getValue().asText() + " given, " + flaw);
            }
            values.put(limit, value);
        }
        return values;
    }

    /** The fields of a mapping; none where nothing is written. */
    private static Map<String, JsonNode> fields(String path, JsonNode node) throws InvalidException {
        if (node.isMissingNode() || node.isNull()) {
            return Map.of();
        }
        if (!node.isObject()) {
            throw new InvalidException(path + ": a mapping expected");
        }
        return node.properties().stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** The limits of that tenant, which are those given unless it has its own. */
    TenantLimits limitsOf(TenantId tenant, TenantLimits defaults) {
        return limits.getOrDefault(tenant, defaults);
    }

    /** How many tenants have limits of their own. */
    int size() {
        return limits.size();
    }
}
