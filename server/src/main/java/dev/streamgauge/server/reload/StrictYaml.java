package dev.streamgauge.server.reload;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.streamgauge.core.tenant.Limit;
import dev.streamgauge.core.tenant.TenantId;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;

/**
 * Reads YAML and rejects unknown fields, so that a misspelled name is noticed. The error of each method names the path
 * of the offending node.
 */
public final class StrictYaml {

    /** Room for the 100,000 tenants that the directory takes too, with four keys each. */
    private static final int MAX_CHARACTERS = 128 * 1024 * 1024;

    private static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .loaderOptions(limitedTo(MAX_CHARACTERS))
                    .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL) // which a builder leaves out
                    .build())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private StrictYaml() {}

    /** SnakeYAML takes 3 MiB by default. */
    private static LoaderOptions limitedTo(int characters) {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(characters);
        return options;
    }

    /** The tenants of a file whose only field has this name and maps each tenant to a node. */
    public static Map<TenantId, JsonNode> tenants(String text, String name) throws InvalidFileException {
        Map<TenantId, JsonNode> tenants = new HashMap<>();
        for (Map.Entry<String, JsonNode> top : fields("file", tree(text)).entrySet()) {
            if (!top.getKey().equals(name)) {
                throw new InvalidFileException(top.getKey() + ": not known here; only " + name + " is");
            }
            for (Map.Entry<String, JsonNode> tenant :
                    fields(name, top.getValue()).entrySet()) {
                TenantId id = TenantId.parse(tenant.getKey())
                        .orElseThrow(
                                () -> new InvalidFileException(name + "." + tenant.getKey() + ": no valid tenant id"));
                tenants.put(id, tenant.getValue());
            }
        }
        return tenants;
    }

    private static JsonNode tree(String text) throws InvalidFileException {
        try {
            return YAML.readTree(text);
        } catch (JsonProcessingException e) {
            String where =
                    e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
            throw new InvalidFileException(
                    where + e.getOriginalMessage().lines().findFirst().orElse("no YAML"));
        }
    }

    /** The fields of a mapping; empty if the node is missing or null. */
    public static Map<String, JsonNode> fields(String path, JsonNode node) throws InvalidFileException {
        if (node.isMissingNode() || node.isNull()) {
            return Map.of();
        }
        if (!node.isObject()) {
            throw new InvalidFileException(path + ": a mapping expected");
        }
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        node.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
        return fields;
    }

    /** The fields of a mapping that may have only the known ones. */
    public static Map<String, JsonNode> fields(String path, JsonNode node, String... known)
            throws InvalidFileException {
        Map<String, JsonNode> fields = fields(path, node);
        for (String field : fields.keySet()) {
            if (!List.of(known).contains(field)) {
                throw new InvalidFileException(
                        path + "." + field + ": not known; there are " + String.join(", ", known));
            }
        }
        return fields;
    }

    /** The elements of a list; empty if the node is missing or null. */
    public static List<JsonNode> elements(String path, JsonNode node) throws InvalidFileException {
        if (node.isMissingNode() || node.isNull()) {
            return List.of();
        }
        if (!node.isArray()) {
            throw new InvalidFileException(path + ": a list expected");
        }
        return node.valueStream().toList();
    }

    /** A text. Rejects what YAML reads as a number, since its leading zeros are lost. */
    public static String text(String path, JsonNode node) throws InvalidFileException {
        if (!node.isTextual()) {
            throw new InvalidFileException(path + ": a text expected; put it in quotes");
        }
        return node.textValue();
    }

    /** Limits by their ids. */
    public static Map<Limit, Double> limits(String path, JsonNode node) throws InvalidFileException {
        Map<Limit, Double> values = new EnumMap<>(Limit.class);
        for (Map.Entry<String, JsonNode> field : fields(path, node).entrySet()) {
            String name = path + "." + field.getKey();
            Limit limit = Limit.find(field.getKey())
                    .orElseThrow(() -> new InvalidFileException(name + ": no such limit; there are "
                            + Arrays.stream(Limit.values()).map(Limit::id).collect(Collectors.joining(", "))));
            if (!field.getValue().isNumber()) {
                throw new InvalidFileException(name + ": a number expected");
            }
            double value = field.getValue().doubleValue();
            String flaw = limit.flawOf(value).orElse("");
            if (!flaw.isEmpty()) {
                throw new InvalidFileException(name + ": " + field.getValue().asText() + " given, " + flaw);
            }
            values.put(limit, value);
        }
        return values;
    }
}
