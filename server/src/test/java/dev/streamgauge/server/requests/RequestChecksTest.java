package dev.streamgauge.server.requests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streamgauge.server.Settings;
import dev.streamgauge.server.StreamgaugeConfig;
import dev.streamgauge.server.problems.ProblemAnswers;
import dev.streamgauge.testkit.RawAnswer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All requests that are served get the answer {@code served}. */
class RequestChecksTest {

    private static final String API_KEY = "api-key";
    private static final String OPEN = "open";

    private final Vertx vertx = Vertx.vertx();
    private final List<Throwable> failures = new ArrayList<>();

    @AfterEach
    void close() {
        join(vertx.close());
    }

    private static <T> T join(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    private URI serve(String address, String... settings) {
        StreamgaugeConfig config = Settings.of(settings);
        ProblemAnswers problems = new ProblemAnswers(new ObjectMapper());
        Router router = Router.router(vertx);
        router.route().handler(exchange -> exchange.response().end("served"));
        router.route().failureHandler(exchange -> {
            failures.add(exchange.failure());
            exchange.next();
        });
        new RequestChecks(new OpenModeGuard(config, address), problems).register(router);
        HttpServer server = join(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    private static RawAnswer send(URI server, String... lines) throws IOException {
        return RawAnswer.to(server, (String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String outline(RawAnswer answer) {
        String reason = answer.body().replaceAll(".*\"reason\":\"([^\"]*)\".*", "$1");
        return answer.status() + " " + reason;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        GET /x HTTP/1.1           | Host: localhost:8080    | 200 served
        GET /x HTTP/1.1           | Host: metrics.example   | 200 served
        GET /x HTTP/1.1           | Host: 10.0.3.7          | 200 served
        GET /x HTTP/1.0           | A: b                    | 200 served
        GET /x?a={b="c"} HTTP/1.1 | Host: localhost         | 200 served
        GET /x HTTP/1.1           | A: b                    | 400 host-invalid
        GET /x HTTP/1.1           | Host:                   | 400 host-invalid
        GET /x HTTP/1.1           | Host: a b               | 400 host-invalid
        GET /x HTTP/1.1           | Host: localhost:99999   | 400 host-invalid
        GET /x HTTP/1.1           | Host: a;Host: a         | 400 host-invalid
        GET /x HTTP/1.0           | Host: a;Host: b         | 400 host-invalid
        GET //x HTTP/1.1          | Host: localhost         | 400 url-invalid
        GET x HTTP/1.1            | Host: localhost         | 400 url-invalid
        GET /%zz HTTP/1.1         | Host: localhost         | 400 url-invalid
        GET /x?a=%ff HTTP/1.1     | Host: localhost         | 400 url-invalid
        """)
    void request_isRejectedWithAProblem_whenItIsMalformed(String line, String headers, String outline)
            throws IOException {
        URI server = serve("0.0.0.0", "auth.mode", API_KEY);

        RawAnswer answer = send(server, line, headers.replace(";", "\r\n"), "Connection: close");

        assertThat(outline(answer)).isEqualTo(outline);
        assertThat(answer.headers()).contains("X-Content-Type-Options: nosniff");
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        chunked                                   | 200 served
        Chunked                                   | 200 served
        gzip, chunked                             | 501 transfer-encoding-unsupported
        gzip                                      | 501 transfer-encoding-unsupported
        identity                                  | 501 transfer-encoding-unsupported
        chunked;q=1                               | 501 transfer-encoding-unsupported
        """)
    void request_isRejectedAndItsConnectionClosed_whenItsCodingIsNotChunked(String coding, String outline)
            throws IOException {
        URI server = serve("0.0.0.0", "auth.mode", API_KEY);

        RawAnswer answer = send(server, "POST /x HTTP/1.1", "Host: localhost", "Transfer-Encoding: " + coding, "", "0");

        assertThat(outline(answer)).isEqualTo(outline);
        assertThat(answer.headers().contains("connection: close")).isEqualTo(outline.startsWith("501"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        127.0.0.1 | Host: localhost:8080       | 200 served
        127.0.0.1 | Host: LOCALHOST            | 200 served
        127.0.0.1 | Host: 127.0.0.1:1          | 200 served
        127.0.0.1 | Host: [::1]:8080           | 200 served
        127.0.0.1 | Host: Laptop.example:8080  | 200 served
        127.0.0.1 | Host: evil.example:8080    | 403 host-not-allowed
        127.0.0.1 | Host: 127.0.0.1.evil.test  | 403 host-not-allowed
        127.0.0.1 | Host: localhost.           | 403 host-not-allowed
        localhost | Host: evil.example         | 403 host-not-allowed
        ::1       | Host: evil.example         | 403 host-not-allowed
        127.1.2.3 | Host: evil.example         | 403 host-not-allowed
        0.0.0.0   | Host: 10.0.3.7             | 200 served
        0.0.0.0   | Host: metrics.example      | 200 served
        10.0.3.7  | Host: metrics.example      | 200 served
        """)
    void host_mustBeKnown_whenTheModeIsOpenAndTheAddressIsLoopback(String address, String host, String outline)
            throws IOException {
        URI server = serve(address, "auth.mode", OPEN, "allowed-hosts", "laptop.example, other.example");

        RawAnswer answer = send(server, "GET /x HTTP/1.1", host, "Connection: close");

        assertThat(outline(answer)).isEqualTo(outline);
    }

    @Test
    void host_mayBeLeftOut_whenTheClientSpeaksHttp10() throws IOException {
        URI server = serve("127.0.0.1", "auth.mode", OPEN);

        RawAnswer answer = send(server, "GET /x HTTP/1.0");

        assertThat(answer.body()).isEqualTo("served");
    }

    @Test
    void host_isNotChecked_whenKeysProtectTheProcess() throws IOException {
        URI server = serve("127.0.0.1", "auth.mode", API_KEY);

        RawAnswer answer = send(server, "GET /x HTTP/1.1", "Host: metrics.example", "Connection: close");

        assertThat(answer.body()).isEqualTo("served");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        open    | POST    | cross-site  | 403 cross-site
        open    | PUT     | cross-site  | 403 cross-site
        open    | DELETE  | Cross-Site  | 403 cross-site
        open    | GET     | cross-site  | 200 served
        open    | OPTIONS | cross-site  | 200 served
        open    | POST    | same-site   | 200 served
        open    | POST    | same-origin | 200 served
        open    | POST    | none        | 200 served
        api-key | POST    | cross-site  | 200 served
        """)
    void pushOfAWebPage_isRejected_whenTheModeIsOpenAndThePageIsOfAnotherSite(
            String mode, String method, String site, String outline) throws IOException {
        URI server = serve("0.0.0.0", "auth.mode", mode);

        RawAnswer answer = send(
                server, method + " /x HTTP/1.1", "Host: localhost", "Sec-Fetch-Site: " + site, "Content-Length: 0");

        assertThat(outline(answer)).isEqualTo(outline);
    }
}
