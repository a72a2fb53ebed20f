package dev.streamgauge.ingest.push;

import dev.streamgauge.ingest.overload.BodyBudget;
import dev.streamgauge.ingest.protocol.PushError;
import dev.streamgauge.ingest.protocol.PushRejectedException;
import dev.streamgauge.ingest.protocol.RequestRejection;
import dev.streamgauge.server.problems.RequestError;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Arrays;

/**
 * Reads the body of one request on its event loop, bounded in size and time, and by the {@link BodyBudget}.
 *
 * <p>A body over its limit is rejected at the first byte that shows it. At most {@value #MAX_DISCARDED_BYTES} more bytes
 * are read and discarded then. The connection of a sender that goes on writing is closed after {@link #LINGER}, so that it
 * has the time to read the answer.
 */
final class BodyReader {

    /** Maximum number of bytes to read and discard after a rejection, so that the sender gets the answer: 64 KiB. */
    static final int MAX_DISCARDED_BYTES = 64 * 1024;

    /** A part that is discarded counts as so many bytes at least: handling it takes as long as copying them. */
    private static final int LEAST_PART_BYTES = 64;

    /** Bytes of room per byte received, because a sender may announce a large body and send nothing. */
    private static final int ROOM_AHEAD = 8;

    /** The budget is asked for so many bytes at a time, except by small bodies. */
    private static final int BUDGET_STEP = 64 * 1024;

    /** How long a sender may go on writing after a rejection. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    static final long NOT_ANNOUNCED = -1;

    private static final long NO_ERROR = 0;

    private final RoutingContext exchange;
    private final Context context;
    private final int maxBytes;

    /** Bytes that the sender announced. */
    private final long announced;

    private final Promise<byte[]> promise = Promise.promise();

    /** The bytes received, as far as they are kept. */
    private byte[] body = {};

    /** Number of bytes received. */
    private int received;

    /**
     * A reader for the body of a request that is paused.
     *
     * @param maxBytes maximum length of the body
     */
    BodyReader(RoutingContext exchange, int maxBytes) {
        this.exchange = exchange;
        this.context = exchange.vertx().getOrCreateContext();
        this.maxBytes = maxBytes;
        this.announced = announced(exchange.request());
    }

    /**
     * The body; fails with {@link PushRejectedException} if it is too large or takes too long, or there is no room for it.
     *
     * @param lease holds what was read of the body; not closed here
     */
    Future<byte[]> read(BodyBudget.Lease lease, Duration timeout) {
        if (announced > maxBytes) {
            return Future.failedFuture(tooLarge());
        }
        start(lease);
        Future<byte[]> read = promise.future();
        if (!read.isComplete()) { // most bodies are here already
            Vertx vertx = exchange.vertx();
            long timer = vertx.setTimer(timeout.toMillis(), late -> promise.tryFail(timedOut(timeout)));
            read.onComplete(done -> vertx.cancelTimer(timer));
        }
        return read;
    }

    /** Gives up the body, which has lost its place in the budget. May be called on any thread. */
    void drop() {
        context.runOnContext(nothing -> promise.tryFail(overloaded()));
    }

    private void start(BodyBudget.Lease lease) {
        HttpServerRequest request = exchange.request();
        if (expectsContinue(request)) {
            request.response().writeContinue();
        }
        request.exceptionHandler(promise::tryFail);
        request.handler(chunk -> take(lease, chunk));
        request.endHandler(nothing -> finish(lease));
        request.resume();
    }

    private static boolean expectsContinue(HttpServerRequest request) {
        return "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT));
    }

    private void take(BodyBudget.Lease lease, Buffer chunk) {
        if (promise.future().isComplete()) {
            return;
        }
        if (received + (long) chunk.length() > maxBytes) {
            promise.tryFail(tooLarge());
            return;
        }
        int kept = received;
        received += chunk.length();
        if (received > body.length) {
            int room = roomFor(kept, received, announced, maxBytes);
            if (!lease.resize(inSteps(room))) {
                promise.tryFail(overloaded());
                return;
            }
            body = Arrays.copyOf(body, room);
        }
        chunk.getBytes(body, kept);
    }

    private static long inSteps(int bytes) {
        return bytes <= BUDGET_STEP ? bytes : Math.ceilDiv((long) bytes, BUDGET_STEP) * BUDGET_STEP;
    }

    /**
     * Bytes to make room for.
     *
     * @param kept bytes kept so far
     * @param received bytes received, at most {@code maxBytes}
     * @param announced bytes that the sender announced, or {@link #NOT_ANNOUNCED}
     */
    static int roomFor(int kept, int received, long announced, int maxBytes) {
        long expected = announced == NOT_ANNOUNCED ? 2L * kept : announced;
        long most = Math.min((long) ROOM_AHEAD * received, maxBytes);
        return Math.clamp(expected, received, (int) most);
    }

    private void finish(BodyBudget.Lease lease) {
        lease.complete();
        promise.tryComplete(received == body.length ? body : Arrays.copyOf(body, received));
    }

    private PushRejectedException tooLarge() {
        return new PushRejectedException(RequestRejection.of(
                413, RequestError.REQUEST_TOO_LARGE, "body: more than " + maxBytes + " bytes; send it in parts"));
    }

    private static PushRejectedException timedOut(Duration timeout) {
        return new PushRejectedException(RequestRejection.of(
                408, RequestError.REQUEST_TIMEOUT, "body: not complete within " + timeout.toMillis() + " ms"));
    }

    /** There is no memory for the body now. */
    static PushRejectedException overloaded() {
        return new PushRejectedException(RequestRejection.forNow(
                503,
                PushError.INGEST_OVERLOADED,
                "body: this process has no memory for it now; retry, and send smaller bodies",
                Duration.ofSeconds(1)));
    }

    /**
     * Ends a request whose answer does not wait for the rest of its body: a short rest is discarded; otherwise the
     * connection is closed, or the HTTP/2 stream is reset without an error (RFC 9113, section 8.1). To be called before
     * the answer is sent.
     */
    static void discardRest(RoutingContext exchange) {
        HttpServerRequest request = exchange.request();
        if (request.isEnded()) {
            return;
        }
        if (request.version() == HttpVersion.HTTP_2) {
            exchange.addEndHandler(answered -> request.response().reset(NO_ERROR));
            return;
        }
        if (announced(request) > MAX_DISCARDED_BYTES) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        exchange.addEndHandler(answered -> discardRest(exchange.vertx(), request));
    }

    private static void discardRest(Vertx vertx, HttpServerRequest request) {
        HttpConnection connection = request.connection();
        long timer = vertx.setTimer(LINGER.toMillis(), late -> connection.close());
        long[] discarded = {0};
        request.handler(chunk -> {
            discarded[0] += Math.max(chunk.length(), LEAST_PART_BYTES);
            if (discarded[0] > MAX_DISCARDED_BYTES) {
                stopReading(connection);
            }
        });
        request.endHandler(ended -> {
            vertx.cancelTimer(timer);
            if (HttpHeaders.CLOSE.toString().equals(request.response().headers().get(HttpHeaders.CONNECTION))) {
                connection.close();
            }
        });
        request.exceptionHandler(gone -> vertx.cancelTimer(timer));
        request.resume();
    }

    /**
     * Leaves what arrives in the buffers of the operating system, until the connection is closed. To close it now would
     * reset it, and a sender that is still writing would lose the answer (RFC 9112, section 9.6).
     */
    private static void stopReading(HttpConnection connection) {
        if (connection instanceof ConnectionBase base) {
            base.channel().config().setAutoRead(false);
        }
    }

    private static long announced(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length == null ? NOT_ANNOUNCED : Long.parseLong(length); // a number, as Netty has checked
    }
}
