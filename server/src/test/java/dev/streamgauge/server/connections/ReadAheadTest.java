package dev.streamgauge.server.connections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With real connections, all of one event loop. */
@Timeout(60)
class ReadAheadTest {

    private static final String TINY = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final int MANY = 20_000;
    private static final int TURNS = 20;
    private static final int LARGE = 100_000;
    private static final Duration NEVER = Duration.ofMinutes(1);

    private final BlockingQueue<RoutingContext> held = new LinkedBlockingQueue<>();
    private final PausedRequests paused = new PausedRequests(Long.MAX_VALUE);
    private final AtomicInteger decoded = new AtomicInteger();
    private final AtomicInteger decodedParts = new AtomicInteger();
    private final AtomicInteger handled = new AtomicInteger();
    private final ServerConnections connections = BoundedVertx.connections();
    private Vertx vertx = Vertx.vertx();
    private int port;

    @BeforeEach
    void serve() {
        vertx.close();
        vertx = BoundedVertx.with(connections, new VertxOptions().setEventLoopPoolSize(1));
        Router router = Router.router(vertx);
        connections.register(router);
        router.route("/held").handler(held::add);
        router.post("/length")
                .handler(exchange -> exchange.request()
                        .body()
                        .onSuccess(body -> exchange.response().end("" + body.length())));
        router.post("/paused").handler(exchange -> {
            exchange.put("pause", paused.pause(exchange.request()).orElseThrow());
            held.add(exchange);
        });
        router.route("/large").handler(exchange -> exchange.response().end("x".repeat(LARGE)));
        router.route().handler(exchange -> {
            handled.incrementAndGet();
            exchange.response().end("ok");
        });
        Promise<HttpServer> listening = Promise.promise();
        vertx.createHttpServer(new HttpServerOptions())
                .requestHandler(router)
                .connectionHandler(connection -> count(((ConnectionBase) connection)))
                .listen(0, "127.0.0.1", listening);
        port = listening
                .future()
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
    }

    /** Counts the requests that are decoded, and the parts of their bodies. */
    private void count(ConnectionBase connection) {
        connection.channel().pipeline().addAfter("httpDecoder", null, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                if (message instanceof HttpRequest) {
                    decoded.incrementAndGet();
                } else {
                    decodedParts.incrementAndGet();
                }
                context.fireChannelRead(message);
            }
        });
    }

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private final class Client implements AutoCloseable {

        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        private final BufferedReader in;

        Client() throws IOException {
            socket.setSoTimeout(20_000);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        }

        CompletableFuture<Void> send(String text) {
            return CompletableFuture.runAsync(() -> {
                try {
                    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        }

        /** The body of the next response. */
        String receive() throws IOException {
            int length = 0;
            for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
                if (line.startsWith("content-length: ")) {
                    length = Integer.parseInt(line.substring("content-length: ".length()));
                }
            }
            StringBuilder body = new StringBuilder();
            while (body.length() < length) {
                body.append((char) in.read());
            }
            return body.toString();
        }

        /** How many more responses come before the end. */
        int receiveUntilTheEnd() throws IOException {
            int responses = 0;
            in.mark(1);
            while (in.read() >= 0) {
                in.reset();
                receive();
                responses++;
                in.mark(1);
            }
            return responses;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void requestsSentAhead_areNotDecoded_beforeTheFirstIsAnswered() throws Exception {
        try (Client ahead = new Client();
                Client other = new Client()) {
            CompletableFuture<Void> sending = ahead.send(TINY.replace("/ ", "/held ") + TINY.repeat(MANY));
            await().until(() -> !held.isEmpty());
            takeTurns(other);

            assertThat(decoded.get() - TURNS).isLessThanOrEqualTo(ReadAhead.PART_BYTES / TINY.length());
            RoutingContext first = held.remove();
            vertx.runOnContext(nothing -> first.response().end("first"));
            assertThat(ahead.receive()).isEqualTo("first");
            for (int i = 0; i < MANY; i++) {
                assertThat(ahead.receive()).isEqualTo("ok");
            }
            sending.join();
        }
    }

    /** Some of those behind the first request may be decoded already, but no route has seen them. */
    @Test
    void requestsSentAhead_haveNoEffect_whenTheProcessStopsBeforeTheFirstIsAnswered() throws Exception {
        CompletableFuture<Void> stopping;
        try (Client ahead = new Client()) {
            CompletableFuture<Void> sending = ahead.send(TINY.replace("/ ", "/held ") + TINY.repeat(MANY));
            await().until(() -> !held.isEmpty());
            RoutingContext first = held.remove();
            stopping = CompletableFuture.runAsync(() -> connections.finish(NEVER));
            await().until(() -> first.response().headers().contains("Connection"));

            vertx.runOnContext(nothing -> first.response().end("first"));

            assertThat(ahead.receive()).isEqualTo("first");
            assertThat(ahead.receiveUntilTheEnd()).isZero();
            sending.exceptionally(closed -> null).join();
        }
        stopping.join();
        assertThat(handled).hasValue(0);
    }

    @RepeatedTest(10)
    void requestsSentAhead_areAnswered_ifTheyWereHandled_whenTheProcessStops(RepetitionInfo repetition)
            throws Exception {
        CompletableFuture<Void> stopping;
        int answered;
        try (Client ahead = new Client()) {
            CompletableFuture<Void> sending = ahead.send(TINY.repeat(MANY));
            for (int i = 0; i < 100 * repetition.getCurrentRepetition(); i++) {
                assertThat(ahead.receive()).isEqualTo("ok");
            }

            stopping = CompletableFuture.runAsync(() -> connections.finish(NEVER));
            answered = 100 * repetition.getCurrentRepetition() + ahead.receiveUntilTheEnd();

            sending.exceptionally(closed -> null).join();
        }
        stopping.join();
        assertThat(handled).hasValue(answered);
    }

    @Test
    void requestsSentAhead_areNotDecoded_whileTheClientReadsNothing() throws Exception {
        CompletableFuture<Void> sending;
        try (Client ahead = new Client();
                Client other = new Client()) {
            sending = ahead.send(TINY.replace("/ ", "/large ").repeat(MANY));
            int before;
            do { // until there is no more to decode, or it must not be decoded
                before = decoded.get();
                takeTurns(other);
            } while (before == 0 || decoded.get() > before + TURNS);

            assertThat(decoded.get()).isLessThan(MANY / 10);
        }
        sending.exceptionally(closed -> null).join();
    }

    /** Lets the event loop have turns, in which it would read on. */
    private static void takeTurns(Client other) throws IOException {
        for (int i = 0; i < TURNS; i++) {
            other.send(TINY).join();
            assertThat(other.receive()).isEqualTo("ok");
        }
    }

    @Test
    void body_isNotDecodedFurther_whileItsRequestIsPaused() throws Exception {
        int length = 200_000;
        int chunks = 2_000;
        try (Client client = new Client();
                Client other = new Client()) {
            // From then on, the connection reads much at once.
            client.send(post("/length", "Content-Length: " + length) + "x".repeat(length))
                    .join();
            assertThat(client.receive()).isEqualTo("" + length);
            int before = decodedParts.get();
            client.send(post("/paused", "Transfer-Encoding: chunked") + "1\r\nx\r\n".repeat(chunks) + "0\r\n\r\n")
                    .join();
            await().until(() -> !held.isEmpty());
            takeTurns(other);

            assertThat(decodedParts.get() - before - TURNS).isLessThanOrEqualTo(ReadAhead.PART_BYTES / 6);
            RoutingContext exchange = held.remove();
            vertx.runOnContext(nothing -> {
                exchange.request().body().onSuccess(body -> exchange.response().end("" + body.length()));
                exchange.<PausedRequests.Pause>get("pause").resume();
            });
            assertThat(client.receive()).isEqualTo("" + chunks);
        }
    }

    private static String post(String path, String header) {
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + header + "\r\n\r\n";
    }

    @Test
    void others_haveTheirTurns_betweenRequestsSentAhead() throws Exception {
        AtomicInteger mostOfATurn = new AtomicInteger();
        AtomicBoolean isOver = new AtomicBoolean();
        vertx.runOnContext(nothing -> turn(0, mostOfATurn, isOver));
        try (Client ahead = new Client()) {
            CompletableFuture<Void> sending = ahead.send(TINY.repeat(MANY));
            for (int i = 0; i < MANY; i++) {
                assertThat(ahead.receive()).isEqualTo("ok");
            }
            sending.join();
        } finally {
            isOver.set(true);
        }

        assertThat(mostOfATurn.get()).isBetween(1, 2 * ReadAhead.PART_BYTES / TINY.length());
    }

    /** Runs in each turn of the event loop, and counts what was decoded since the last. */
    private void turn(int before, AtomicInteger most, AtomicBoolean isOver) {
        int now = decoded.get();
        most.accumulateAndGet(now - before, Math::max);
        if (!isOver.get()) {
            Vertx.currentContext().runOnContext(nothing -> turn(now, most, isOver));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, ReadAhead.SMALL_PART_BYTES, ReadAhead.PART_BYTES, ReadAhead.PART_BYTES + 1, 300_000})
    void bodies_areWhole_howeverMuchIsSentAhead(int length) throws Exception {
        String announced = post("/length", "Content-Length: " + length) + "x".repeat(length);
        String chunked = post("/length", "Transfer-Encoding: chunked")
                + (length == 0 ? "" : Integer.toHexString(length) + "\r\n" + "x".repeat(length) + "\r\n") + "0\r\n\r\n";
        try (Client client = new Client()) {
            CompletableFuture<Void> sending = client.send((announced + chunked + TINY).repeat(5));

            List<String> received = IntStream.range(0, 15)
                    .mapToObj(i -> {
                        try {
                            return client.receive();
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .toList();
            sending.join();

            List<String> expected = List.of("" + length, "" + length, "ok");
            assertThat(received)
                    .isEqualTo(IntStream.range(0, 15)
                            .mapToObj(i -> expected.get(i % 3))
                            .toList());
        }
    }

    /** The method begins as the preface of HTTP/2 does, so the protocol is chosen late. */
    @ParameterizedTest
    @ValueSource(strings = {"GET /", "PRI /", "PRI * HTTP/2.0, or"})
    void offerOfHttp2_isIgnored(String beginning) throws Exception {
        try (Client client = new Client()) {
            client.send(beginning + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                            + "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
                    .join();

            assertThat(client.in.readLine()).startsWith("HTTP/1.").doesNotContain("101");
        }
    }
}
