package dev.streamgauge.standalone.hostile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

/** Requests of a hostile tenant over an HTTP client, and the outlines of their answers. */
final class Attack {

    private static final String LINES = "application/x-ndjson";
    private static final String JSON = "application/json";

    private final HttpClient client;
    private final Tenant tenant;

    Attack(HttpClient client, Tenant tenant) {
        this.client = client;
        this.tenant = tenant;
    }

    static byte[] gzip(String text) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(compressed)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("an array in memory does not fail", e);
        }
        return compressed.toByteArray();
    }

    static String array(int count, IntFunction<String> sample) {
        return IntStream.range(0, count).mapToObj(sample).collect(Collectors.joining(",", "[", "]"));
    }

    /** So many values of a histogram or summary, all 1. */
    static String ones(int count) {
        return "[" + "1,".repeat(count - 1) + "1]";
    }

    /** The statuses of all answers, with the reason of each problem. */
    static Set<String> outlines(List<CompletableFuture<HttpResponse<String>>> sent) {
        return sent.stream()
                .map(CompletableFuture::join)
                .map(Attack::outline)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The status, with the reason of a problem. */
    static String outline(HttpResponse<String> answer) {
        String reason = answer.body().replaceAll("(?s).*?\"reason\" *: *\"([a-z-]+)\".*|.*", " $1");
        return (answer.statusCode() + reason).strip();
    }

    CompletableFuture<HttpResponse<String>> send(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> get(URI address) {
        return send(tenant.to(address));
    }

    CompletableFuture<HttpResponse<String>> delete(URI address) {
        return send(tenant.to(address).DELETE());
    }

    CompletableFuture<HttpResponse<String>> push(URI ingest, String json) {
        return push(ingest, JSON, gzip(json));
    }

    CompletableFuture<HttpResponse<String>> pushLines(URI ingest, byte[] gzip) {
        return push(ingest, LINES, gzip);
    }

    private CompletableFuture<HttpResponse<String>> push(URI ingest, String type, byte[] gzip) {
        return send(tenant.to(ingest.resolve("/api/v1/metrics"))
                .header("Content-Type", type)
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(gzip)));
    }
}
