package dev.streamgauge.ingest.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamgauge.ingest.OwnMetrics;
import dev.streamgauge.ingest.Sender;
import dev.streamgauge.ingest.Store;
import dev.streamgauge.ingest.plain.PlainProtocol;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** All that is no matter of a protocol works alike for a protocol that the product does not know. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class PlainProtocolAppTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @Inject
    Vertx vertx;

    @Inject
    PushRoutes routes;

    private HttpServer server;

    /** Beside the application's own routes, whose paths are those of the API description. */
    @BeforeEach
    void serve() {
        Router router = Router.router(vertx);
        routes.add(router, new PlainProtocol());
        server = vertx.createHttpServer()
                .requestHandler(router)
                .listen(0)
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    @AfterEach
    void close() {
        server.close().toCompletionStage().toCompletableFuture().join();
    }

    private HttpResponse<String> put(String tenant, byte[] body, String... headers) throws Exception {
        URI address = URI.create("http://localhost:" + server.actualPort() + "/plain");
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .timeout(TIMEOUT)
                .header("X-Scope-OrgID", tenant)
                .PUT(BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    private static byte[] words(String words) {
        return words.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void samples_areStored_andRejectedOnesAreCounted() throws Exception {
        HttpResponse<String> answer = put("plain", words("apples_total - pears_total"));

        assertThat(answer.body()).isEqualTo("stored 2; name: '-' is not [a-zA-Z_:][a-zA-Z0-9_:]* (word 2)");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/plain");
        assertThat(Store.of("plain").samples()).isEqualTo("""
                counter apples_total{} + 1.0
                counter pears_total{} + 1.0
                """);
        assertThat(OwnMetrics.discardedSamples("plain", "metric-name-invalid")).isEqualTo(1);
    }

    @Test
    void answer_isTheProtocols_whenNothingIsAccepted() throws Exception {
        HttpResponse<String> answer = put("plain-rejected", words("-"));

        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(answer.body()).startsWith("stored none; name: ").endsWith("(word 1)");
    }

    @Test
    void push_isCountedOnce_whenItsKeyIsRepeated() throws Exception {
        put("plain-twice", words("apples_total"), "Idempotency-Key", "k");
        HttpResponse<String> second = put("plain-twice", words("apples_total"), "Idempotency-Key", "k");
        HttpResponse<String> other = put("plain-twice", words("pears_total"), "Idempotency-Key", "k");

        assertThat(second.body()).isEqualTo("stored 1");
        assertThat(second.headers().firstValue("Idempotency-Replayed")).hasValue("true");
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(Store.of("plain-twice").samples()).isEqualTo("counter apples_total{} + 1.0\n");
    }

    @Test
    void body_isDecompressed() throws Exception {
        put("plain-gzip", Sender.gzip(words("apples_total")), "Content-Encoding", "gzip");

        assertThat(Store.of("plain-gzip").samples()).isEqualTo("counter apples_total{} + 1.0\n");
    }

    @Test
    void body_isRejected_beyondItsLimits() throws Exception {
        double discarded = OwnMetrics.discardedSamples("plain-large", "max-samples-per-request");
        HttpResponse<String> bytes = put("plain-large", new byte[1024 * 1024 + 1]);
        HttpResponse<String> samples = put("plain-large", words("a ".repeat(10_000) + "a"));

        assertThat(bytes.statusCode()).isEqualTo(413);
        assertThat(bytes.body()).isEqualTo("body: more than 1048576 bytes; send it in parts");
        assertThat(samples.body()).isEqualTo("too many words");
        assertThat(OwnMetrics.discardedSamples("plain-large", "max-samples-per-request") - discarded)
                .isEqualTo(10_001);
        assertThat(Store.of("plain-large").samples()).isEmpty();
    }
}
