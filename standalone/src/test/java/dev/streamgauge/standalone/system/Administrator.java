package dev.streamgauge.standalone.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.standalone.docs.OpenApi;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** A client of the admin API of a process; it validates each answer against {@code openapi.yaml}. */
public final class Administrator {

    private static final String TENANTS = "/api/v1/admin/tenants";
    private static final OpenApi DESCRIPTION = OpenApi.read();
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Longer than a reset may take. */
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final HttpClient client;
    private final Jars.Started process;
    private final String key;

    public Administrator(HttpClient client, Jars.Started process, String key) {
        this.client = client;
        this.process = process;
        this.key = key;
    }

    /**
     * An answer.
     *
     * @param json empty for none
     */
    record Answer(int status, JsonNode json, HttpResponse<String> http) {

        /** The status, and the reason of a problem. */
        String outcome() {
            return json.has("reason") ? status + " " + json.path("reason").asText() : Integer.toString(status);
        }
    }

    /** The same with other credentials, or none if empty. */
    Administrator withKey(String other) {
        return new Administrator(client, process, other);
    }

    /**
     * Sends a request.
     *
     * @param path below the tenants
     * @param body empty for none
     */
    Answer send(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(process.at(TENANTS + path))
                .timeout(TIMEOUT)
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        DESCRIPTION.assertDescribes(
                method + " " + TENANTS + template(path),
                response.statusCode(),
                response.headers().firstValue("Content-Type").orElse(""),
                response.body());
        JsonNode json = JSON.readTree(response.body());
        return new Answer(response.statusCode(), json, response);
    }

    Answer get(String path) throws IOException, InterruptedException {
        return send("GET", path, "");
    }

    Answer post(String path, String body) throws IOException, InterruptedException {
        return send("POST", path, body);
    }

    Answer put(String path, String body) throws IOException, InterruptedException {
        return send("PUT", path, body);
    }

    Answer delete(String path) throws IOException, InterruptedException {
        return send("DELETE", path, "");
    }

    /** Creates a tenant and a key with those scopes; returns the key. */
    public String tenantWithKey(String tenant, String scopes) throws IOException, InterruptedException {
        post("", "{\"tenant\": \"" + tenant + "\"}");
        return key(tenant, scopes);
    }

    /** Creates a key with those scopes, and returns it. */
    String key(String tenant, String scopes) throws IOException, InterruptedException {
        return post("/" + tenant + "/keys", "{\"scopes\": [" + scopes + "]}")
                .json()
                .path("key")
                .asText();
    }

    private static String template(String path) {
        return path.replaceFirst("\\?.*", "")
                .replaceFirst("^/[^/]+", "/{tenant}")
                .replaceFirst("/keys/[^/]+$", "/keys/{id}");
    }
}
