package dev.streamgauge.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The description of the HTTP API, {@code src/docs/reference/openapi.yaml}. */
public final class OpenApi {

    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

    private final JsonNode root;

    private OpenApi(JsonNode root) {
        this.root = root;
    }

    /** The page of this source tree. */
    public static OpenApi read() {
        try {
            return new OpenApi(new YAMLMapper()
                    .readTree(Page.read("src/docs/reference/openapi.yaml").text()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    JsonNode root() {
        return root;
    }

    /** All requests, such as {@code GET /metrics}. */
    public Set<String> requests() {
        Set<String> requests = new TreeSet<>();
        for (Map.Entry<String, JsonNode> path : root.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                if (METHODS.contains(operation.getKey())) {
                    requests.add(operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey());
                }
            }
        }
        return requests;
    }

    /**
     * Checks that an answer is one of those that are described.
     *
     * @param request as {@link #requests} names it
     * @param contentType empty for an answer without a body
     */
    public void assertDescribes(String request, int status, String contentType, String body) {
        int space = request.indexOf(' ');
        JsonNode operation = root.path("paths")
                .path(request.substring(space + 1))
                .path(request.substring(0, space).toLowerCase(Locale.ROOT));
        JsonNode response = resolved(operation.path("responses").path(Integer.toString(status)));
        assertThat(response.isMissingNode())
                .as(request + " " + status + " is described")
                .isFalse();
        String type = contentType.split(";", 2)[0];
        JsonNode content = response.path("content");
        if (type.isEmpty()) {
            assertThat(content.isMissingNode())
                    .as(request + " " + status + " has no body")
                    .isTrue();
            return;
        }
        assertThat(content.has(type)).as(request + " " + status + " is " + type).isTrue();
        if (type.endsWith("json")) {
            assertThat(schema(content.path(type).path("schema")).validate(parse(body)))
                    .as(request + " " + status + " " + body)
                    .isEmpty();
        }
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? root.at(node.path("$ref").asText().substring(1)) : node;
    }

    /** The schema, with all that it may refer to beside it. */
    private JsonSchema schema(JsonNode schema) {
        ObjectNode whole = schema.deepCopy();
        whole.set("components", root.path("components"));
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(whole);
    }

    private static JsonNode parse(String json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(json, e);
        }
    }
}
