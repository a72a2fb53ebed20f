package dev.streamgauge.standalone.system;

import dev.streamgauge.core.access.ApiKey;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;

/** Sends requests with credentials, or with what looks like them. */
final class KeyedCaller implements AutoCloseable {

    static final String SAMPLE = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}";

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    static String bearer(ApiKey key) {
        return "Authorization: Bearer " + key.text();
    }

    static String basic(String user, String password) {
        byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(pair);
    }

    static String tenant(String name) {
        return "X-Scope-OrgID: " + name;
    }

    private static HttpRequest.Builder request(URI address, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(TIMEOUT);
        for (String header : headers) {
            int colon = header.indexOf(": ");
            request.header(header.substring(0, colon), header.substring(colon + 2));
        }
        return request;
    }

    HttpResponse<String> get(URI address, String... headers) throws Exception {
        return client.send(request(address, headers).build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> push(Jars.Started ingest, String body, String... headers) throws Exception {
        return client.send(pushOf(ingest, body, headers), HttpResponse.BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> pushLater(Jars.Started ingest, String... headers) {
        return client.sendAsync(pushOf(ingest, SAMPLE, headers), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest pushOf(Jars.Started ingest, String body, String... headers) {
        return request(ingest.at("/api/v1/metrics"), headers)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    int pushed(Jars.Started ingest, String... headers) throws Exception {
        return push(ingest, SAMPLE, headers).statusCode();
    }

    @Override
    public void close() {
        client.close();
    }
}
