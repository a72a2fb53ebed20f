package dev.streamgauge.server.access;

import static dev.streamgauge.server.TestRedis.DEADLINE;
import static dev.streamgauge.server.TestRedis.KEYSPACE;
import static dev.streamgauge.server.access.TestCallers.METRICS;
import static dev.streamgauge.server.tenants.Directory.MADE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.redis.topology.SingleServer;
import dev.streamgauge.server.Settings;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.TestRedis;
import dev.streamgauge.server.connections.PausedRequests;
import dev.streamgauge.server.problems.ProblemAnswers;
import dev.streamgauge.server.tenants.TenantCache;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsGuardTest {

    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private HttpServer server;

    @BeforeEach
    void serve() {
        StreamgaugeConfig config = Settings.of("auth.metrics-key", METRICS);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        TenantCache unread = new TenantCache(
                REDIS.vertx(), new SingleServer(REDIS.connections(), KEYSPACE), config, registry, () -> MADE);
        Authenticator authenticator = new Authenticator(config, unread, new PausedRequests(), () -> MADE, registry);
        Router router = Router.router(REDIS.vertx());
        router.route("/q/metrics*").handler(exchange -> exchange.response().end("jvm_threads 1"));
        router.route("/q/health").handler(exchange -> exchange.response().end("UP"));
        new MetricsGuard(authenticator, new ProblemAnswers(new ObjectMapper())).register(router);
        server = join(REDIS.vertx().createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
    }

    @AfterEach
    void stop() {
        client.shutdownNow();
        join(server.close());
    }

    private static <T> T join(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + path));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return client.sendAsync(request.build(), BodyHandlers.ofString()).get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void metrics_areShown_whenTheCallerHasTheKey() throws Exception {
        HttpResponse<String> answer = get("/q/metrics", "Authorization", "Bearer " + METRICS);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("jvm_threads 1");
    }

    @Test
    void metrics_areAProblem_whenTheCallerHasNoKey() throws Exception {
        HttpResponse<String> answer = get("/q/metrics");

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().allValues("Content-Type")).containsExactly("application/problem+json");
        assertThat(answer.headers().allValues("WWW-Authenticate"))
                .containsExactly("Bearer realm=\"streamgauge\"", "Basic realm=\"streamgauge\", charset=\"UTF-8\"");
        assertThat(answer.body()).contains("\"reason\":\"unauthorized\"").doesNotContain("jvm_");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/q/metrics/",
                "/q//metrics",
                "//q/metrics",
                "/q/./metrics",
                "/q/x/../metrics",
                "/%71/metrics",
                "/q/%6Detrics",
                "/q/metrics;x",
                "/q/metrics?x",
                "/q/metrics/x"
            })
    void metrics_areNotShown_howeverThePathIsWritten(String path) throws Exception {
        HttpResponse<String> answer = get(path);

        assertThat(answer.statusCode()).isIn(401, 404);
        assertThat(answer.body()).doesNotContain("jvm_");
    }

    @Test
    void otherPaths_needNoKey() throws Exception {
        HttpResponse<String> answer = get("/q/health");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("UP");
    }
}
