package dev.streamgauge.ingest;

import io.restassured.RestAssured;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;

/**
 * Pushes as one tenant, with the headers that a test names ({@code "Name: value"}) and no others: REST Assured would
 * add a Content-Type.
 */
public record Sender(String tenant) {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** A counter as one JSON sample. */
    public static String counter(String name, double value) {
        return "{\"name\": \"%s\", \"type\": \"counter\", \"value\": %s}".formatted(name, value);
    }

    public static byte[] gzip(byte[] body) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
            out.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return compressed.toByteArray();
    }

    public static URI address(String path) {
        return URI.create("http://localhost:" + RestAssured.port + path);
    }

    /** Reads a page of the application, on a connection that is kept. */
    public static Answer get(String path) {
        HttpRequest request =
                HttpRequest.newBuilder(address(path)).timeout(TIMEOUT).build();
        return CLIENT.sendAsync(request, BodyHandlers.ofByteArray())
                .thenApply(Sender::answer)
                .join();
    }

    public Answer push(String body, String... headers) {
        return push(body.getBytes(StandardCharsets.UTF_8), headers);
    }

    public Answer push(byte[] body, String... headers) {
        return pushLater(body, headers).join();
    }

    /** Sends a body whose length is not announced. */
    public Answer pushChunked(byte[] body, String... headers) {
        return send(CLIENT, BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body)), headers)
                .join();
    }

    /** Sends, and gives what will be answered. */
    public CompletableFuture<Answer> pushLater(byte[] body, String... headers) {
        return send(CLIENT, BodyPublishers.ofByteArray(body), headers);
    }

    /** Sends through another client. */
    public Answer pushThrough(HttpClient client, String body, String... headers) {
        return send(client, BodyPublishers.ofString(body), headers).join();
    }

    private CompletableFuture<Answer> send(HttpClient client, BodyPublisher body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address("/api/v1/metrics"))
                .timeout(TIMEOUT)
                .header("X-Scope-OrgID", tenant)
                .POST(body);
        for (String header : headers) {
            int colon = header.indexOf(':');
            request.header(
                    header.substring(0, colon), header.substring(colon + 1).strip());
        }
        return client.sendAsync(request.build(), BodyHandlers.ofByteArray()).thenApply(Sender::answer);
    }

    private static Answer answer(HttpResponse<byte[]> response) {
        return new Answer(response.statusCode(), response.headers(), response.body());
    }
}
