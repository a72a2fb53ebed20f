package dev.streamgauge.server.connections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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

    /** A connection of HTTP/2 without TLS. The test sends each frame. It has one stream. */
    private static final class RawHttp2 implements AutoCloseable {

        private static final int DATA = 0;
        private static final int HEADERS = 1;
        private static final int RST_STREAM = 3;
        private static final int SETTINGS = 4;
        private static final int PING = 6;
        private static final int ACK = 1;
        private static final int END_HEADERS = 4;

        private final Socket socket;
        private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
        private boolean wasReset;

        RawHttp2(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(20_000);
            unsent.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            frame(SETTINGS, 0, 0, new byte[0]);
        }

        private void frame(int type, int flags, int stream, byte[] payload) {
            unsent.writeBytes(new byte[] {
                0, (byte) (payload.length >> 8), (byte) payload.length, (byte) type, (byte) flags, 0, 0, 0
            });
            unsent.write(stream);
            unsent.writeBytes(payload);
        }

        /** The head of a request. Names and values are written as they are, with the indexes of RFC 7541, appendix A. */
        RawHttp2 post(String contentLength) {
            ByteArrayOutputStream block = new ByteArrayOutputStream();
            block.writeBytes(new byte[] {(byte) 0x83, (byte) 0x86, (byte) 0x84}); // :method POST, :scheme http, :path /
            block.writeBytes(new byte[] {0x01, 1, 'x'}); // :authority
            if (!contentLength.isEmpty()) {
                block.writeBytes(new byte[] {0x0f, 28 - 15, (byte) contentLength.length()});
                block.writeBytes(contentLength.getBytes(StandardCharsets.US_ASCII));
            }
            frame(HEADERS, END_HEADERS, 1, block.toByteArray());
            return this;
        }

        RawHttp2 data(int bytes) {
            frame(DATA, 0, 1, new byte[bytes]);
            return this;
        }

        /** Sends everything, and returns when the server has handled it. */
        RawHttp2 flush() throws IOException {
            frame(PING, 0, 0, new byte[Long.BYTES]);
            socket.getOutputStream().write(unsent.toByteArray());
            unsent.reset();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            while (true) {
                int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                in.skipNBytes(Integer.BYTES + length);
                wasReset |= type == RST_STREAM;
                if (type == PING && flags == ACK) {
                    return this;
                }
            }
        }

        /** Whether the server has reset the stream. */
        boolean wasReset() {
            return wasReset;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

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
        ServerConnections connections = BoundedVertx.connections();
        vertx.close();
        vertx = BoundedVertx.with(connections, new VertxOptions());
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
    void connection_readsLittleAtOnce() throws Exception {
        serve(new PausedRequests(Long.MAX_VALUE));
        int length = 1_000_000;
        AtomicInteger largest = new AtomicInteger();
        CompletableFuture<Void> ended = new CompletableFuture<>();

        try (Socket socket = connect()) {
            send(socket, head(length));
            Waiting waiting = next();
            waiting.context().runOnContext(nothing -> {
                waiting.request().handler(part -> largest.accumulateAndGet(part.length(), Math::max));
                waiting.request().endHandler(ended::complete);
                waiting.pause().orElseThrow().resume();
            });
            send(socket, "x".repeat(length));
            get(ended);

            assertThat(largest.get()).isLessThanOrEqualTo(ServerConnections.MAX_READ_BYTES);
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

            assertThat(reserved).isEqualTo((PausedRequests.MEMORY_OF_A_BYTE + 1L) * sent.length());
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
        PausedRequests paused = new PausedRequests(2L * request.length() * (PausedRequests.MEMORY_OF_A_BYTE + 1));
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
