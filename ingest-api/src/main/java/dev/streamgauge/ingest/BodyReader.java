package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Arrays;

/**
 * Reads the body of one request on its event loop, bounded in size and time.
 *
 * <p>A body over its limit is read to its end and discarded if that is cheap, so that a sender that is still writing
 * gets the answer. If it is not cheap, or the sender takes too long, the connection is closed after the answer.
 */
final class BodyReader {

    /** Maximum number of bytes to read and discard so that the sender gets the answer. */
    private static final int MAX_DISCARDED_BYTES = 16 << 20;

    /** Bytes of room per byte received, because a sender may announce a large body and send nothing. */
    private static final int ROOM_AHEAD = 8;

    static final long NOT_ANNOUNCED = -1;

    private final RoutingContext context;
    private final int maxBytes;

    /** Bytes that the sender announced. */
    private final long announced;

    private final Promise<byte[]> promise = Promise.promise();

    /** The bytes received, as far as they are kept. */
    private byte[] body = {};

    /** Number of bytes received, kept or not. */
    private long received;

    /** Further bytes are ignored, and the answer may have been sent. */
    private boolean isGivenUp;

    private BodyReader(RoutingContext context, int maxBytes) {
        this.context = context;
        this.maxBytes = maxBytes;
        String length = context.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        this.announced = length == null ? NOT_ANNOUNCED : Long.parseLong(length); // a number, as Netty has checked
    }

    /** The body; fails with {@link PushRejectedException} if it is too large or takes too long. */
    static Future<byte[]> read(RoutingContext context, int maxBytes, Duration timeout) {
        BodyReader reader = new BodyReader(context, maxBytes);
        Vertx vertx = context.vertx();
        long timer = vertx.setTimer(timeout.toMillis(), late -> reader.timeOut(timeout));
        reader.promise.future().onComplete(read -> vertx.cancelTimer(timer));
        reader.start();
        return reader.promise.future();
    }

    private void timeOut(Duration timeout) {
        isGivenUp = true;
        closeAfterAnswer(context);
        promise.tryFail(new PushRejectedException(
                408, Reason.REQUEST_TIMEOUT, "body: not complete within " + timeout.toMillis() + " ms"));
    }

    private void start() {
        HttpServerRequest request = context.request();
        if (announced > Math.max(maxBytes, MAX_DISCARDED_BYTES)) {
            closeAfterAnswer(context);
            reject();
            return;
        }
        request.exceptionHandler(promise::tryFail);
        request.handler(this::take);
        request.endHandler(nothing -> finish());
        request.resume();
    }

    private void take(Buffer chunk) {
        if (isGivenUp) {
            return;
        }
        int kept = (int) Math.min(received, maxBytes);
        received += chunk.length();
        if (received <= maxBytes) {
            if (received > body.length) {
                body = Arrays.copyOf(body, roomFor(kept, (int) received, announced, maxBytes));
            }
            chunk.getBytes(body, kept);
        } else if (received > MAX_DISCARDED_BYTES) {
            isGivenUp = true;
            closeAfterAnswer(context);
            reject();
        }
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

    private void finish() {
        if (received > maxBytes) {
            reject();
        } else {
            promise.tryComplete(received == body.length ? body : Arrays.copyOf(body, (int) received));
        }
    }

    private void reject() {
        promise.tryFail(new PushRejectedException(
                413, Reason.REQUEST_TOO_LARGE, "body: more than " + maxBytes + " bytes; send it in parts"));
    }

    private static void closeAfterAnswer(RoutingContext context) {
        HttpServerRequest request = context.request();
        request.pause();
        if (request.version() != HttpVersion.HTTP_2) { // which shares its connection, and ends the request alone
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            context.addEndHandler(answered -> request.connection().close());
        }
    }
}
