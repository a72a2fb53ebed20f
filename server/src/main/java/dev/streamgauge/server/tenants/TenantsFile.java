package dev.streamgauge.server.tenants;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.streamgauge.core.access.KeyHash;
import dev.streamgauge.core.access.KeyId;
import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.access.TenantRecord;
import dev.streamgauge.core.tenant.TenantId;
import dev.streamgauge.core.tenant.TenantLimits;
import dev.streamgauge.server.reload.InvalidFileException;
import dev.streamgauge.server.reload.StrictYaml;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the tenants file: tenants, the hashes of their keys, and their limits.
 *
 * <pre>{@code
 * tenants:
 *   acme:
 *     keys:
 *       - id: "0123456789abcdef"
 *         hash: "…"
 *         scopes: [ingest, query]
 *         expires: 2027-01-01T00:00:00Z
 *     limits:
 *       ingestion_rate: 50000
 * }</pre>
 *
 * <p>An unknown field makes the whole file invalid.
 */
final class TenantsFile {

    private static final String ROOT = "tenants";

    private TenantsFile() {}

    /**
     * Reads the text of a file. No error message contains a hash.
     *
     * @param defaults the limits that apply where a tenant has none of its own
     */
    static TenantIndex parse(String text, TenantLimits defaults, Instant now) throws InvalidFileException {
        TenantIndex index = new TenantIndex();
        for (Map.Entry<TenantId, JsonNode> tenant :
                StrictYaml.tenants(text, ROOT).entrySet()) {
            String path = ROOT + "." + tenant.getKey();
            TenantRecord record = tenant(path, tenant.getKey(), tenant.getValue(), now);
            String flaw = defaults.with(record.limits()).findFlaw().orElse("");
            if (!flaw.isEmpty()) {
                throw new InvalidFileException(path + ".limits." + flaw);
            }
            for (KeyRecord key : record.keys()) {
                if (index.findKey(key.id()).isPresent()) {
                    throw new InvalidFileException(path + ".keys: another tenant has a key of the id " + key.id());
                }
            }
            index.put(record);
        }
        return index;
    }

    private static TenantRecord tenant(String path, TenantId id, JsonNode node, Instant now)
            throws InvalidFileException {
        Map<String, JsonNode> fields = StrictYaml.fields(path, node, "keys", "limits");
        List<KeyRecord> keys = new ArrayList<>();
        for (JsonNode key : StrictYaml.elements(path + ".keys", field(fields, "keys"))) {
            keys.add(key(path + ".keys[" + keys.size() + "]", key, now));
        }
        TenantRecord record = made(
                path,
                () -> new TenantRecord(id, now, keys, StrictYaml.limits(path + ".limits", field(fields, "limits"))));
        Optional<Scope> crowded = record.scopeWithTooManyKeys(now);
        if (crowded.isPresent()) {
            throw new InvalidFileException(path + ".keys: more than " + TenantRecord.MAX_LIVE_KEYS_PER_SCOPE
                    + " live keys have the scope " + crowded.get().id());
        }
        return record;
    }

    private static KeyRecord key(String path, JsonNode node, Instant now) throws InvalidFileException {
        Map<String, JsonNode> fields = StrictYaml.fields(path, node, "id", "hash", "scopes", "expires", "description");
        KeyId id = KeyId.parse(StrictYaml.text(path + ".id", field(fields, "id")))
                .orElseThrow(
                        () -> new InvalidFileException(path + ".id: 16 hexadecimal digits in lower case expected"));
        KeyHash hash = KeyHash.parse(StrictYaml.text(path + ".hash", field(fields, "hash")))
                .orElseThrow(() -> new InvalidFileException(
                        path + ".hash: a SHA-256 expected, as 64 hexadecimal digits in lower case"));
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (JsonNode scope : StrictYaml.elements(path + ".scopes", field(fields, "scopes"))) {
            scopes.add(Scope.find(scope.asText())
                    .orElseThrow(
                            () -> new InvalidFileException(path + ".scopes: one of " + Scope.ALL_IDS + " expected")));
        }
        Optional<Instant> expires = fields.containsKey("expires")
                ? Optional.of(instant(path + ".expires", field(fields, "expires")))
                : Optional.empty();
        Optional<String> description = fields.containsKey("description")
                ? Optional.of(StrictYaml.text(path + ".description", field(fields, "description")))
                : Optional.empty();
        return made(path, () -> new KeyRecord(id, hash, scopes, now, expires, description));
    }

    private static Instant instant(String path, JsonNode node) throws InvalidFileException {
        try {
            return Instant.parse(StrictYaml.text(path, node));
        } catch (DateTimeException e) {
            throw new InvalidFileException(path + ": a time expected, such as 2027-01-01T00:00:00Z");
        }
    }

    private static JsonNode field(Map<String, JsonNode> fields, String name) {
        return fields.getOrDefault(name, MissingNode.getInstance());
    }

    /** Makes a record; if the rules of core do not allow it, the error names the path. */
    private static <T> T made(String path, Making<T> making) throws InvalidFileException {
        try {
            return making.make();
        } catch (IllegalArgumentException e) {
            throw new InvalidFileException(path + "." + e.getMessage());
        }
    }

    private interface Making<T> {
        T make() throws InvalidFileException;
    }
}
