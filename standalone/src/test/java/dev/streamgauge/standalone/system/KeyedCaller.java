package dev.streamgauge.standalone.system;

import dev.streamgauge.core.access.ApiKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;

/** Sends requests with credentials, or with what looks like them. */
public final class KeyedCaller implements AutoCloseable {

    static final String SAMPLE = "{\"name\":\"orders_total\",\"type\":\"counter\",\"value\":1}";

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    public static String bearer(ApiKey key) {
        return "Authorization: Bearer " + key.text();
    }

    static String basic(String user, String password) {
        byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(pair);
    }

    public static String tenant(String name) {
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

    public HttpResponse<String> get(URI address, String... headers) throws IOException, InterruptedException {
        return client.send(request(address, headers).build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> push(Jars.Started ingest, String body, String... headers) throws Exception {
        return push(ingest.address(), body, headers);
    }

    CompletableFuture<HttpResponse<String>> pushLater(Jars.Started ingest, String... headers) {
        return client.sendAsync(pushOf(ingest.address(), SAMPLE, headers), HttpResponse.BodyHandlers.ofString());
    }

    /** Pushes to the ingest process at an address. */
    public HttpResponse<String> push(URI ingest, String body, String... headers)
            throws IOException, InterruptedException {
        return client.send(pushOf(ingest, body, headers), HttpResponse.BodyHandlers.ofString());
    }

    /**
     * Sends a POST.
     *
     * @param body empty for none
     */
    public HttpResponse<String> post(URI address, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest request = request(address, headers)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest pushOf(URI ingest, String body, String... headers) {
        return request(ingest.resolve("/api/v1/metrics"), headers)
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
