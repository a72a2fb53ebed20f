package dev.streamgauge.server.connections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streamgauge.server.Settings;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.impl.VertxBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With real connections: what the HTTP layer queues for a paused request. */
@Timeout(60)
class PausedRequestsTest {

    private static final int CHUNK = 64 * 1024; // as in every role

    private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>();
    private Vertx vertx = Vertx.vertx();
    private int port;

    private record Waiting(HttpServerRequest request, Context context, Optional<PausedRequests.Pause> pause) {

        /** Resumes the request. Returns what was queued for it, and later all of its body. */
        Drained resume() {
            CompletableFuture<Queued> queued = new CompletableFuture<>();
            CompletableFuture<Long> all = new CompletableFuture<>();
            context.runOnContext(nothing -> {
                long[] counts = {0, 0};
                request.handler(part -> {
                    counts[0]++;
                    counts[1] += part.length();
                });
                request.endHandler(ended -> all.complete(counts[1]));
                pause.orElseThrow().resume();
                context.runOnContext(drained -> queued.complete(new Queued(counts[0], counts[1])));
            });
            return new Drained(get(queued), all);
        }
    }

    private record Queued(long parts, long bytes) {}

    private record Drained(Queued queued, CompletableFuture<Long> all) {}

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(20, TimeUnit.SECONDS).join();
    }

    /** Serves requests that wait until the test resumes them. */
    private void serve(PausedRequests paused) {
        ServerConnections connections = new ServerConnections(Settings.of());
        vertx.close();
        vertx = new VertxBuilder()
                .serviceProviders(List.of())
                .findTransport(new BoundedTransport(() -> Optional.of(connections)))
                .init()
                .vertx();
        Promise<HttpServer> listening = Promise.promise();
        vertx.createHttpServer(new HttpServerOptions().setMaxChunkSize(CHUNK))
                .requestHandler(
                        request -> waiting.add(new Waiting(request, vertx.getOrCreateContext(), paused.pause(request))))
                .listen(0, "127.0.0.1", listening);
        port = get(listening.future().toCompletionStage().toCompletableFuture()).actualPort();
    }

    @AfterEach
    void stop() {
        get(vertx.close().toCompletionStage().toCompletableFuture());
    }

    private Waiting next() throws InterruptedException {
        Waiting next = waiting.poll(20, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String head(int length) {
        return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n";
    }

    @Test
    void connection_readsNothing_whileItsRequestIsPaused() throws Exception {
        PausedRequests paused = new PausedRequests(Long.MAX_VALUE);
        serve(paused);
        int length = 1_000_000;

        try (Socket socket = connect()) {
            send(socket, head(length));
            Waiting request = next();
            long reserved = paused.reserved();
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    send(socket, "x".repeat(length));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            await().until(() -> sending.isDone() || socket.getSendBufferSize() < length);
            Drained drained = request.resume();

            assertThat(drained.queued().bytes()).isLessThanOrEqualTo(reserved / PausedRequests.MEMORY_OF_A_BYTE);
            assertThat(get(drained.all())).isEqualTo(length);
            assertThat(paused.reserved()).isZero();
        }
    }

    @Test
    void whatCameWithTheHeaders_isQueuedAndReserved() throws Exception {
        PausedRequests paused = new PausedRequests(Long.MAX_VALUE);
        serve(paused);
        int chunks = 200;
        String sent = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + "1\r\nx\r\n".repeat(chunks);

        try (Socket socket = connect()) {
            send(socket, sent);
            Waiting request = next();
            long reserved = paused.reserved();
            Drained drained = request.resume();
            send(socket, "0\r\n\r\n");

            assertThat(reserved).isEqualTo((long) PausedRequests.MEMORY_OF_A_BYTE * sent.length());
            assertThat(drained.queued()).isEqualTo(new Queued(chunks, chunks));
            assertThat(get(drained.all())).isEqualTo(chunks);
        }
    }

    @Test
    void windowOfHttp2_isQueuedAndReserved() throws Exception {
        PausedRequests paused = new PausedRequests(Long.MAX_VALUE);
        serve(paused);

        try (RawHttp2 connection = new RawHttp2(port).post("")) {
            for (int i = 0; i < PausedRequests.HTTP2_WINDOW; i++) {
                connection.data(1);
            }
            connection.flush();
            Waiting request = next();
            long reserved = paused.reserved();
            Drained drained = request.resume();

            assertThat(drained.queued())
                    .isEqualTo(new Queued(PausedRequests.HTTP2_WINDOW, PausedRequests.HTTP2_WINDOW));
            assertThat(reserved).isEqualTo(PausedRequests.MEMORY_OF_A_FRAME * (long) PausedRequests.HTTP2_WINDOW);
        }
    }

    @Test
    void lengthOfAnHttp2Body_isReserved_becauseAnotherLengthIsRejected() throws Exception {
        PausedRequests paused = new PausedRequests(Long.MAX_VALUE);
        serve(paused);

        try (RawHttp2 connection = new RawHttp2(port).post("5")) {
            connection.data(3).data(2).flush();
            boolean wasResetBefore = connection.wasReset();
            next();
            long reserved = paused.reserved();
            connection.data(1).flush();

            assertThat(wasResetBefore).isFalse();
            assertThat(reserved).isEqualTo(PausedRequests.MEMORY_OF_A_FRAME * 5L);
            assertThat(connection.wasReset()).isTrue();
        }
    }

    @Test
    void requests_arePaused_onlyWhileThereIsRoom() throws Exception {
        String request = head(1);
        PausedRequests paused = new PausedRequests(2L * request.length() * PausedRequests.MEMORY_OF_A_BYTE);
        serve(paused);

        try (Socket first = connect();
                Socket second = connect();
                Socket third = connect();
                Socket fourth = connect()) {
            send(first, request);
            Waiting firstWaiting = next();
            send(second, request);
            Waiting secondWaiting = next();
            send(third, request);
            Waiting thirdRejected = next();
            firstWaiting.resume();
            send(fourth, request);

            assertThat(secondWaiting.pause()).isPresent();
            assertThat(thirdRejected.pause()).isEmpty();
            assertThat(next().pause()).isPresent();
        }
    }
}
