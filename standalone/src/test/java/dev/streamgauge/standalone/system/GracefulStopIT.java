package dev.streamgauge.standalone.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Stops the standalone while connections push without a pause. What was answered with 202 is what was counted: a sender
 * whose push was stored without an answer would send it again. The log has no error.
 */
@Tag("e2e")
@Timeout(300)
class GracefulStopIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Buffer BODY = Buffer.buffer("{\"name\":\"pushes_total\",\"type\":\"counter\",\"value\":1}");
    private static final long BUSY_PUSHES = 20;
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final Vertx vertx = Vertx.vertx();

    @TempDir
    private Path data;

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @ParameterizedTest
    @CsvSource({"HTTP_1_1, 1, 8", "HTTP_1_1, 8, 7", "HTTP_2, 1, 8", "HTTP_2, 8, 7"})
    void answered_isCounted(HttpVersion version, int senders, int stops) throws Exception {
        Jars.Started standalone = Jars.standalone(data).awaitReady();
        for (int stop = 0; stop < stops; stop++) {
            List<Sender> pushing = new ArrayList<>();
            HttpClient client = clientOf(version, senders);
            for (int i = 0; i < senders; i++) {
                pushing.add(new Sender("stop-" + stop + "-" + i, client, standalone.address()));
            }
            pushing.forEach(Sender::push);
            pushing.forEach(Sender::awaitBusy);

            standalone.process().terminate();
            pushing.forEach(Sender::awaitEnd);
            client.close().toCompletionStage().toCompletableFuture().join();
            assertThat(standalone.process().exitCode(DEADLINE)).isZero();
            assertThat(standalone.process().output()).doesNotContain(" ERROR ");
            standalone = Jars.again(standalone, data).awaitReady();

            for (Sender sender : pushing) {
                assertThat(accepted(standalone, sender.tenant))
                        .as("stop %d, %s", stop, sender.tenant)
                        .isEqualTo(sender.answered.get());
            }
        }
        standalone.close();
    }

    private HttpClient clientOf(HttpVersion version, int connections) {
        HttpClientOptions options = new HttpClientOptions()
                .setProtocolVersion(version)
                .setHttp2ClearTextUpgrade(false)
                .setHttp2MultiplexingLimit(1);
        return vertx.createHttpClient(
                options, new PoolOptions().setHttp1MaxSize(connections).setHttp2MaxSize(connections));
    }

    private static long accepted(Jars.Started standalone, String tenant) throws IOException, InterruptedException {
        try (var client = java.net.http.HttpClient.newHttpClient()) {
            var usage = java.net.http.HttpRequest.newBuilder(standalone.at("/api/v1/usage"))
                    .header("X-Scope-OrgID", tenant)
                    .build();
            return JSON.readTree(client.send(usage, java.net.http.HttpResponse.BodyHandlers.ofString())
                            .body())
                    .path("samples")
                    .path("accepted")
                    .longValue();
        }
    }

    /** Pushes one sample after the other as a tenant of its own, until a push gets another answer than 202, or none. */
    private static final class Sender {

        private final String tenant;
        private final HttpClient client;
        private final RequestOptions request;
        private final AtomicLong answered = new AtomicLong();
        private final CompletableFuture<Void> busy = new CompletableFuture<>();
        private final CompletableFuture<Void> ended = new CompletableFuture<>();

        Sender(String tenant, HttpClient client, URI address) {
            this.tenant = tenant;
            this.client = client;
            this.request = new RequestOptions()
                    .setMethod(HttpMethod.POST)
                    .setHost(address.getHost())
                    .setPort(address.getPort())
                    .setURI("/api/v1/metrics")
                    .putHeader("X-Scope-OrgID", tenant);
        }

        void push() {
            client.request(request)
                    .compose(sent -> sent.send(BODY))
                    .compose(response -> response.body().map(response))
                    .map(HttpClientResponse::statusCode)
                    .onComplete(answer -> {
                        if (answer.succeeded() && answer.result() == 202) {
                            if (answered.incrementAndGet() == BUSY_PUSHES) {
                                busy.complete(null);
                            }
                            push();
                        } else {
                            ended.complete(null);
                        }
                    });
        }

        void awaitBusy() {
            busy.orTimeout(30, TimeUnit.SECONDS).join();
        }

        void awaitEnd() {
            ended.orTimeout(30, TimeUnit.SECONDS).join();
        }
    }
}
