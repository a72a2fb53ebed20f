package dev.streamgauge.server.connections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With real connections. */
@Timeout(60)
class MalformedRequestsTest {

    private static final String LAST_LINES = " HTTP/1.1\r\nHost: x\r\n\r\n";

    private final BlockingQueue<RoutingContext> held = new LinkedBlockingQueue<>();
    private Vertx vertx;
    private int port;

    @BeforeEach
    void serve() {
        ServerConnections connections = BoundedVertx.connections();
        vertx = BoundedVertx.with(connections, new VertxOptions());
        Router router = Router.router(vertx);
        connections.register(router);
        router.route("/held").handler(held::add);
        router.route().handler(exchange -> exchange.response().end("ok"));
        HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                        .setMaxInitialLineLength(BoundedVertx.MAX_REQUEST_LINE_BYTES)
                        .setMaxHeaderSize(BoundedVertx.MAX_HEADER_BYTES))
                .requestHandler(router);
        port = server.listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
    }

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String receiveAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    private String answerTo(String request) throws IOException {
        try (Socket socket = connect()) {
            send(socket, request);
            return receiveAll(socket);
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            GET /a b HTTP/1.1\\r\\nHost: x,                                           400, url-invalid,       %20
            G x y z,                                                                  400, url-invalid,       %20
            GET /,                                                                    400, url-invalid,       %20
            SSH-2.0-OpenSSH_9.9,                                                      400, url-invalid,       %20
            POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 1\\r\\nContent-Length: 2, 400, header-invalid,    more than once
            POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: many,                     400, header-invalid,    NAME: VALUE
            GET / HTTP/1.1\\r\\nHost : x,                                              400, header-invalid,    NAME: VALUE
            """)
    void answer_saysWhatIsWrong(String request, int status, String reason, String detail) throws IOException {
        String answer = answerTo(request.replace("\\r\\n", "\r\n") + "\r\n\r\n");

        assertThat(answer)
                .startsWith("HTTP/1.1 " + status + " ")
                .contains("content-type: application/problem+json\r\n", "X-Content-Type-Options: nosniff\r\n")
                .contains("\"reason\":\"" + reason + "\"", detail);
    }

    @Test
    void answer_is414AndNamesTheLimit_whenTheUrlIsTooLong() throws IOException {
        assertThat(answerTo("GET /" + "a".repeat(1_001) + LAST_LINES))
                .startsWith("HTTP/1.1 414 ")
                .contains("\"reason\":\"url-too-long\"", "more than 1000 bytes");
    }

    @Test
    void answer_is431AndNamesTheLimit_whenTheHeadersAreTooLarge() throws IOException {
        assertThat(answerTo("GET / HTTP/1.1\r\nCookie: " + "a".repeat(2_001) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ")
                .contains("\"reason\":\"headers-too-large\"", "more than 2000 bytes");
    }

    /** No byte leads to an answer without a body, as those of Vert.x are. */
    @Test
    void answer_isAProblem_whateverTheFirstByteIs() throws IOException {
        for (int first = 0; first < 256; first++) {
            byte[] request = ("?" + LAST_LINES).getBytes(StandardCharsets.US_ASCII);
            request[0] = (byte) first;
            try (Socket socket = connect()) {
                socket.getOutputStream().write(request);

                assertThat(receiveAll(socket))
                        .as("first byte %d", first)
                        .startsWith("HTTP/1.1 400 ")
                        .contains("\"reason\":\"url-invalid\"");
            }
        }
    }

    @Test
    void answer_saysThatThePortIsPlain_whenTheClientBeginsWithTls() throws Exception {
        SSLEngine client = SSLContext.getDefault().createSSLEngine();
        client.setUseClientMode(true);
        ByteBuffer hello = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
        client.wrap(ByteBuffer.allocate(0), hello);

        try (Socket socket = connect()) {
            socket.getOutputStream().write(hello.array(), 0, hello.position());

            assertThat(receiveAll(socket))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("content-type: application/problem+json\r\n", "connection: close\r\n")
                    .endsWith("""
                            "reason":"url-invalid","detail":"the connection begins with TLS, but this port speaks plain \
                            HTTP; write http:// in the URL"}""");
        }
    }

    /** What follows may be read as a request by some proxy, and as the rest of the malformed one by another. */
    @Test
    void nothing_isAnsweredBehindIt() throws IOException {
        String answers = answerTo("GET /a b" + LAST_LINES + ("GET /" + LAST_LINES).repeat(10));

        assertThat(answers.split("HTTP/1.1 ", -1)).hasSize(2);
    }

    @Test
    void answer_comesBehindThoseOfEarlierRequests() throws IOException {
        try (Socket socket = connect()) {
            send(socket, "GET /" + LAST_LINES + "GET /held" + LAST_LINES + "GET /a b" + LAST_LINES);
            await().until(() -> !held.isEmpty());
            RoutingContext earlier = held.remove();
            vertx.runOnContext(nothing -> earlier.response().end("earlier"));

            assertThat(receiveAll(socket)).matches("(?s).*\r\n\r\nok.*\r\n\r\nearlier.*\"reason\":\"url-invalid\".*");
        }
    }
}
