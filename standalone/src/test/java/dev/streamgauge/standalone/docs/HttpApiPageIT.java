package dev.streamgauge.standalone.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.standalone.system.Jars;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A running standalone, which has all roles, answers every request that the HTTP API page lists. */
class HttpApiPageIT {

    @Test
    void everyRequestOfThePage_isAnswered(@TempDir Path folder) throws Exception {
        List<Page.Row> requests = Page.read("src/docs/reference/http-api.md").table("request");
        List<String> answers = new ArrayList<>();
        try (Jars.Started standalone = Jars.standalone(folder).awaitReady();
                HttpClient client = HttpClient.newHttpClient()) {
            for (Page.Row row : requests) {
                answers.add(row.code(0) + " " + answer(client, standalone, row.code(0)));
            }
            standalone.process().terminate(); // and its Redis with it
        }

        assertThat(answers).isNotEmpty().allMatch(answer -> answer.endsWith(" 200") || answer.endsWith(" 202"));
    }

    private static int answer(HttpClient client, Jars.Started standalone, String request) throws Exception {
        String method = request.substring(0, request.indexOf(' '));
        String path = request.substring(method.length() + 1).replace("{tenant}", "acme");
        return client.send(
                        HttpRequest.newBuilder(standalone.at(path))
                                .header("Content-Type", "application/json")
                                .method(
                                        method,
                                        method.equals("GET")
                                                ? HttpRequest.BodyPublishers.noBody()
                                                : HttpRequest.BodyPublishers.ofString("[]"))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
