package dev.streamgauge.server.problems;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProblemAnswersTest {

    private static final Problem PROBLEM = Problem.of(413, RequestError.REQUEST_TOO_LARGE, "Größe: 1 given, at most 0");

    private static final String BODY = "{\"type\":\"urn:streamgauge:reason:request-too-large\","
            + "\"title\":\"Request Entity Too Large\",\"status\":413,\"reason\":\"request-too-large\","
            + "\"detail\":\"Größe: 1 given, at most 0\"}";

    private static final String LENGTH = Integer.toString(BODY.getBytes(StandardCharsets.UTF_8).length);

    private static final Vertx VERTX = Vertx.vertx();
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static HttpServer server;

    @BeforeAll
    static void serve() {
        ProblemAnswers answers = new ProblemAnswers(new ObjectMapper());
        Router router = Router.router(VERTX);
        router.route("/plain").handler(exchange -> answers.send(exchange, PROBLEM));
        router.route("/later").handler(exchange -> answers.send(exchange, PROBLEM, Duration.ofSeconds(7)));
        router.route("/headers")
                .handler(exchange -> answers.send(
                        exchange,
                        PROBLEM,
                        List.of(Map.entry("X-One", "1"), Map.entry("X-Two", "2"), Map.entry("X-Two", "3"))));
        server = VERTX.createHttpServer()
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    @AfterAll
    static void close() {
        CLIENT.shutdownNow();
        VERTX.close().toCompletionStage().toCompletableFuture().join();
    }

    private static HttpResponse<String> answer(String method, String path) throws Exception {
        URI address = URI.create("http://127.0.0.1:" + server.actualPort() + path);
        HttpRequest request = HttpRequest.newBuilder(address)
                .method(method, BodyPublishers.noBody())
                .build();
        return CLIENT.sendAsync(request, BodyHandlers.ofString()).get(20, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "DELETE"})
    void send_answersWithTheProblem(String method) throws Exception {
        HttpResponse<String> answer = answer(method, "/plain");

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body()).isEqualTo(BODY);
        assertThat(answer.headers().map())
                .isEqualTo(Map.of(
                        "content-type", List.of("application/problem+json"),
                        "content-length", List.of(LENGTH)));
    }

    @Test
    void send_leavesTheBodyOut_whenTheMethodIsHead() throws Exception {
        HttpResponse<String> answer = answer("HEAD", "/plain");

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.headers().map())
                .isEqualTo(Map.of(
                        "content-type", List.of("application/problem+json"),
                        "content-length", List.of(LENGTH)));
    }

    @Test
    void send_saysWhenToTryAgain_whenItIsTold() throws Exception {
        HttpResponse<String> answer = answer("GET", "/later");

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body()).isEqualTo(BODY);
        assertThat(answer.headers().allValues("Retry-After")).containsExactly("7");
    }

    @Test
    void send_addsTheHeaders_alsoTwoOfOneName() throws Exception {
        HttpResponse<String> answer = answer("GET", "/headers");

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(answer.body()).isEqualTo(BODY);
        assertThat(answer.headers().allValues("X-One")).containsExactly("1");
        assertThat(answer.headers().allValues("X-Two")).containsExactly("2", "3");
    }
}
