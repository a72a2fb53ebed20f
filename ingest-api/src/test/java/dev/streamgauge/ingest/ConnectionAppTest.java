package dev.streamgauge.ingest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.testkit.LogRecorder;
import dev.streamgauge.testkit.RedisTestResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.vertx.http.runtime.QuarkusErrorHandler;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SubmissionPublisher;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Senders that leave in the middle, send ahead of the answers, or ask before they send. */
@QuarkusTest
@WithTestResource(RedisTestResource.class)
class ConnectionAppTest {

    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final String ACTIVE_REQUESTS = "http_server_active_requests{url_scheme=\"http\"}";
    private static final String SAMPLE = Sender.counter("orders_total", 1);
    private static final String STORED_ONCE = "counter orders_total{} + 1.0\n";

    /** A sample with so many bytes of space behind it. */
    private static String padded(int spaces) {
        return SAMPLE + " ".repeat(spaces);
    }

    @Test
    void sender_leavesNothingBehind_whenItLeavesInTheMiddleOfABody() {
        double before = OwnMetrics.read("http_server_active_connections");
        List<RawConnection> connections = IntStream.range(0, 50)
                .mapToObj(i -> RawConnection.open()
                        .send(RawConnection.head("leaving", "Content-Length: " + SAMPLE.length()))
                        .send(SAMPLE.substring(0, SAMPLE.length() - 1)))
                .toList();
        await().atMost(DEADLINE).until(() -> OwnMetrics.read(ACTIVE_REQUESTS) >= 50);

        connections.forEach(RawConnection::close);

        await().atMost(DEADLINE).until(() -> OwnMetrics.read("http_server_active_connections") <= before);
        await().atMost(DEADLINE).until(() -> OwnMetrics.read(ACTIVE_REQUESTS) <= 1); // that of the scrape
        assertThat(Store.of("leaving").samples()).isEmpty();
        assertThat(new Sender("leaving").push(SAMPLE).outline()).isEqualTo("202 accepted 1\n");
    }

    @Test
    void pushes_areAnsweredInOrder_whenSentAheadOfTheAnswers() {
        try (RawConnection connection = RawConnection.open()) {
            connection.send(RawConnection.push("pipelined", SAMPLE)
                    + RawConnection.push("pipelined", "[")
                    + RawConnection.push("pi/pelined", SAMPLE)
                    + RawConnection.push("pipelined", "[" + SAMPLE + "," + SAMPLE + "]"));

            List<String> outlines = Stream.generate(
                            () -> connection.readAnswer().outline())
                    .limit(4)
                    .toList();

            assertThat(outlines)
                    .containsExactly(
                            "202 accepted 1\n", "400 invalid-json\n", "400 tenant-invalid\n", "202 accepted 2\n");
            assertThat(Store.of("pipelined").samples()).isEqualTo(STORED_ONCE.repeat(3));
        }
    }

    @Test
    void connection_staysInStep_whenARequestIsRejectedBeforeItsBodyIsRead() {
        try (RawConnection connection = RawConnection.open()) {
            connection.send(RawConnection.push("in/step", padded(50_000)));
            Answer rejected = connection.readAnswer();
            connection.send(RawConnection.push("in-step", SAMPLE));

            assertThat(rejected.outline()).isEqualTo("400 tenant-invalid\n");
            assertThat(connection.readAnswer().outline()).isEqualTo("202 accepted 1\n");
        }
    }

    /** A part of a single byte takes as long as one of 64 bytes. */
    @ParameterizedTest
    @CsvSource({"1024, false", "1025, true"})
    void connection_isClosed_whenTheBodyOfARejectedRequestHasTooManyParts(int parts, boolean isClosed) {
        try (RawConnection connection = RawConnection.open()) {
            connection.send(RawConnection.head("in/parts", "Transfer-Encoding: chunked"));
            Answer rejected = connection.readAnswer();
            connection.send("1\r\nx\r\n".repeat(parts) + "0\r\n\r\n");
            if (!isClosed) {
                connection.send(RawConnection.push("in-parts", SAMPLE));
            }

            assertThat(rejected.outline()).isEqualTo("400 tenant-invalid\n");
            if (isClosed) {
                assertThat(connection.isClosedByServer()).isTrue();
            } else {
                assertThat(connection.readAnswer().outline()).isEqualTo("202 accepted 1\n");
            }
        }
    }

    @Test
    void sender_isToldToGoOn_whenItExpectsThat() {
        String body = padded(500_000);
        try (RawConnection connection = RawConnection.open()) {
            connection.send(
                    RawConnection.head("expecting", "Content-Length: " + body.length(), "Expect: 100-continue"));

            Answer interim = connection.readAnswer();
            connection.send(body);

            assertThat(interim.status()).isEqualTo(100);
            assertThat(connection.readAnswer().outline()).isEqualTo("202 accepted 1\n");
            assertThat(Store.of("expecting").samples()).isEqualTo(STORED_ONCE);
        }
    }

    @Test
    void push_isTaken_whenTheClientOffersHttp2First() {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            Sender sender = new Sender("http-2");

            Answer small = sender.pushThrough(client, SAMPLE);
            Answer large = sender.pushThrough(client, padded(500_000));
            Answer rejected = sender.pushThrough(client, padded(2 << 20));

            assertThat(small.outline()).isEqualTo("202 accepted 1\n");
            assertThat(large.outline()).isEqualTo("202 accepted 1\n");
            assertThat(rejected.outline()).isEqualTo("413 request-too-large\n");
            assertThat(Store.of("http-2").samples()).isEqualTo(STORED_ONCE.repeat(2));
        }
    }

    /** A request that upgrades its connection has a body without flow control. */
    @Test
    void offerOfHttp2_isIgnored_whenTheConnectionHasNoTls() {
        try (RawConnection connection = RawConnection.open()) {
            connection.send(RawConnection.head(
                            "upgrading",
                            "Content-Length: " + SAMPLE.length(),
                            "Connection: Upgrade, HTTP2-Settings",
                            "Upgrade: h2c",
                            "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")
                    + SAMPLE);

            assertThat(connection.readAnswer().outline()).isEqualTo("202 accepted 1\n");
        }
    }

    @Test
    void push_leavesNothingAndIsNoError_whenTheClientCancelsItOverHttp2() {
        try (HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_2)
                        .build();
                LogRecorder errors = LogRecorder.of(QuarkusErrorHandler.class)) {
            new Sender("cancelling").pushThrough(client, SAMPLE); // the connection speaks HTTP/2 from here on
            SubmissionPublisher<ByteBuffer> body = new SubmissionPublisher<>();
            HttpRequest request = HttpRequest.newBuilder(Sender.address("/api/v1/metrics"))
                    .header("X-Scope-OrgID", "cancelling")
                    .POST(HttpRequest.BodyPublishers.fromPublisher(body))
                    .build();
            CompletableFuture<HttpResponse<Void>> push =
                    client.sendAsync(request, HttpResponse.BodyHandlers.discarding());
            await().atMost(DEADLINE).until(body::hasSubscribers);
            body.submit(ByteBuffer.wrap("[".getBytes(StandardCharsets.US_ASCII)));
            await().atMost(DEADLINE).until(() -> OwnMetrics.read(ACTIVE_REQUESTS) >= 2); // with that of the scrape

            push.cancel(true);

            await().atMost(DEADLINE).until(() -> OwnMetrics.read(ACTIVE_REQUESTS) <= 1);
            assertThat(errors.lines()).isEmpty();
            assertThat(Store.of("cancelling").samples()).isEqualTo(STORED_ONCE);
        }
    }

    @Test
    void options_nameTheMethods() {
        String allowed = given().options("/api/v1/metrics")
                .then()
                .statusCode(200)
                .extract()
                .header("Allow");

        assertThat(allowed.split(", *")).contains("POST");
    }
}
