package dev.streamgauge.redis.tenant;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streamgauge.core.access.KeyHash;
import dev.streamgauge.core.access.KeyId;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A tenant's record as JSON, with a version.
 *
 * <p>An unknown field makes the record unreadable. A release that ignored such a field would lose it when it writes the
 * record again, and might accept a key that a newer release has restricted.
 */
final class TenantRecordJson {

    private static final int VERSION = 1;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private TenantRecordJson() {}

    static String encode(TenantRecord tenant) {
        ObjectNode root = JSON.createObjectNode();
        root.put("v", VERSION);
        root.put("created", tenant.created().toString());
        ArrayNode keys = root.putArray("keys");
        for (KeyRecord key : tenant.keys()) {
            ObjectNode row = keys.addObject();
            row.put("id", key.id().value());
            row.put("hash", key.hash().hex());
            ArrayNode scopes = row.putArray("scopes");
            key.scopes().stream().sorted().map(Scope::id).forEach(scopes::add);
            row.put("created", key.created().toString());
            key.expires().ifPresent(expires -> row.put("expires", expires.toString()));
            key.description().ifPresent(description -> row.put("description", description));
        }
        ObjectNode limits = root.putObject("limits");
        tenant.limits().forEach((limit, value) -> limits.put(limit.id(), value));
        try {
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of texts and numbers is always JSON", e);
        }
    }

    static TenantRecord decode(TenantId tenant, String text) throws UnreadableRecordException {
        JsonNode root = tree(text);
        JsonNode version = root.path("v");
        if (!version.isInt() || version.intValue() != VERSION) {
            throw new UnreadableRecordException("version " + version.asText() + " is not known");
        }
        try {
            allow(root, "v", "created", "keys", "limits");
            List<KeyRecord> keys = new ArrayList<>();
            for (JsonNode row : list(root, "keys")) {
                keys.add(key(row));
            }
            return new TenantRecord(tenant, instant(root, "created"), keys, limits(root.path("limits")));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new UnreadableRecordException(String.valueOf(e.getMessage()));
        }
    }

    private static JsonNode tree(String text) throws UnreadableRecordException {
        try {
            JsonNode root = JSON.readTree(text);
            if (!root.isObject()) {
                throw new UnreadableRecordException("no JSON object");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new UnreadableRecordException("no JSON: " + e.getOriginalMessage());
        }
    }

    private static KeyRecord key(JsonNode row) {
        allow(row, "id", "hash", "scopes", "created", "expires", "description");
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (JsonNode scope : list(row, "scopes")) {
            scopes.add(Scope.find(scope.asText())
                    .orElseThrow(() -> new IllegalArgumentException("scope " + scope.asText() + " is not known")));
        }
        return new KeyRecord(
                new KeyId(text(row, "id")),
                KeyHash.parse(text(row, "hash"))
                        .orElseThrow(() -> new IllegalArgumentException("hash: no SHA-256 in hexadecimal digits")),
                scopes,
                instant(row, "created"),
                row.has("expires") ? Optional.of(instant(row, "expires")) : Optional.empty(),
                row.has("description") ? Optional.of(text(row, "description")) : Optional.empty());
    }

    private static Map<Limit, Double> limits(JsonNode rows) {
        Map<Limit, Double> limits = new EnumMap<>(Limit.class);
        for (Map.Entry<String, JsonNode> row : rows.properties()) {
            Limit limit = Limit.find(row.getKey())
                    .orElseThrow(() -> new IllegalArgumentException("limit " + row.getKey() + " is not known"));
            if (!row.getValue().isNumber()) {
                throw new IllegalArgumentException("limit " + row.getKey() + " is no number");
            }
            limits.put(limit, row.getValue().doubleValue());
        }
        return limits;
    }

    private static void allow(JsonNode node, String... fields) {
        Set<String> allowed = Set.of(fields);
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!allowed.contains(field.getKey())) {
                throw new IllegalArgumentException("field " + field.getKey() + " is not known");
            }
        }
    }

    private static JsonNode list(JsonNode node, String field) {
        JsonNode list = node.path(field);
        if (!list.isArray()) {
            throw new IllegalArgumentException(field + ": no list");
        }
        return list;
    }

    private static String text(JsonNode node, String field) {
        JsonNode text = node.path(field);
        if (!text.isTextual()) {
            throw new IllegalArgumentException(field + ": no text");
        }
        return text.textValue();
    }

    private static Instant instant(JsonNode node, String field) {
        return Instant.parse(text(node, field));
    }
}
