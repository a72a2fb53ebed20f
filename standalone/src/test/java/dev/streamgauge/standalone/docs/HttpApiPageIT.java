package dev.streamgauge.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.streamgauge.standalone.system.Jars;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A running standalone, which has all roles, answers every request that the HTTP API page lists, as {@code
 * openapi.yaml} describes it, and serves that description.
 */
class HttpApiPageIT {

    private static final String ADMIN_KEY = "the-key-of-an-administrator-of-40-characters";

    /** Bodies of those requests that need another one than an empty list. */
    private static final Map<String, String> BODIES = Map.of(
            "POST /api/v1/admin/tenants", "{\"tenant\": \"acme\"}",
            "POST /api/v1/admin/tenants/{tenant}/keys", "{\"scopes\": [\"ingest\"]}",
            "PUT /api/v1/admin/tenants/{tenant}/limits", "{}");

    private static final OpenApi DESCRIPTION = OpenApi.read();

    private static final Pattern KEY_ID = Pattern.compile("\"id\":\"([0-9a-f]{16})\"");

    /** Queries of requests that cannot go without. */
    private static final Map<String, String> QUERIES = Map.of(
            "DELETE /api/v1/series", "?match%5B%5D=absent_total",
            "DELETE /api/v1/admin/tenants/{tenant}/series", "?match%5B%5D=absent_total");

    /** The last key's id that was shown. */
    private String keyId = "";

    @Test
    void everyRequestOfThePage_isAnswered(@TempDir Path folder) throws Exception {
        List<Page.Row> requests = Page.read("src/docs/reference/http-api.md").table("request");
        List<String> answers = new ArrayList<>();
        try (Jars.Started standalone = Jars.standalone(folder, "STREAMGAUGE_AUTH_ADMIN_KEY=" + ADMIN_KEY)
                        .awaitReady();
                HttpClient client = HttpClient.newHttpClient()) {
            for (Page.Row row : requests) {
                answers.add(row.code(0) + " " + answer(client, standalone, row.code(0)));
            }
            standalone.process().terminate(); // and its Redis with it
        }

        assertThat(answers).isNotEmpty().allMatch(answer -> answer.matches(".* 20[0124]"));
    }

    private int answer(HttpClient client, Jars.Started standalone, String request) throws Exception {
        String method = request.substring(0, request.indexOf(' '));
        String path = request.substring(method.length() + 1)
                .replace("{tenant}", "acme")
                .replace("{id}", keyId);
        boolean hasBody = method.equals("POST") || method.equals("PUT");
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(standalone.at(path + QUERIES.getOrDefault(request, "")))
                        .header("Content-Type", "application/json")
                        .header("Authorization", "Bearer " + ADMIN_KEY)
                        .method(
                                method,
                                hasBody
                                        ? HttpRequest.BodyPublishers.ofString(BODIES.getOrDefault(request, "[]"))
                                        : HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        DESCRIPTION.assertDescribes(
                request,
                answer.statusCode(),
                answer.headers().firstValue("Content-Type").orElse(""),
                answer.body());
        if (request.equals("GET /q/openapi")) {
            assertThat(new YAMLMapper().readTree(answer.body())).isEqualTo(DESCRIPTION.root());
        }
        Matcher shown = KEY_ID.matcher(answer.body());
        if (shown.find()) {
            keyId = shown.group(1);
        }
        return answer.statusCode();
    }
}
