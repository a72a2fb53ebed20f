package dev.streamgauge.aggregator.admin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streamgauge.core.tenant.Limit;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Limits as JSON: an object from the limit's id to its value. */
final class LimitsBody {

    private static final String[] IDS =
            Arrays.stream(Limit.values()).map(Limit::id).toArray(String[]::new);

    private LimitsBody() {}

    static Map<Limit, Double> parse(byte[] body, Optional<String> contentType) {
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

    /** Those limits alone. */
    static Map<String, Number> of(Map<Limit, Double> limits) {
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
