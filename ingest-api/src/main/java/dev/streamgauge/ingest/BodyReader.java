package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;

/**
 * Reads the body of one request on its event loop, bounded in size and time.
 *
 * <p>A body over its limit is read to its end and thrown away where that is cheap, so that the sender, who is still
 * writing, gets to see the answer; where it is not, or the sender takes too long, the connection is closed after the
 * answer.
 */
final class BodyReader {

    /** Bytes that are read and thrown away for the sake of an answer. */
    private static final int MAX_DISCARDED_BYTES = 16 << 20;

    private final RoutingContext context;
    private final int maxBytes;
    private final UniEmitter<? super byte[]> emitter;
    private final Buffer body = Buffer.buffer();
    private long received;

    /** What still arrives is of no use, and the answer may have left. */
    private boolean isGivenUp;

    private BodyReader(RoutingContext context, int maxBytes, UniEmitter<? super byte[]> emitter) {
        this.context = context;
        this.maxBytes = maxBytes;
        this.emitter = emitter;
    }

    /** The body; fails with {@link PushRefusedException} if it is too large or takes too long. */
    static Uni<byte[]> read(RoutingContext context, int maxBytes, Duration timeout) {
        return Uni.createFrom()
                .<byte[]>emitter(emitter -> new BodyReader(context, maxBytes, emitter).start())
                .ifNoItem()
                .after(timeout)
                .failWith(() -> {
                    closeAfterAnswer(context);
                    return new PushRefusedException(
                            408, Reason.REQUEST_TIMEOUT, "body: not complete within " + timeout.toMillis() + " ms");
                });
    }

    private void start() {
        HttpServerRequest request = context.request();
        if (isAnnouncedBeyondReading(request)) {
            closeAfterAnswer(context);
            refuse();
            return;
        }
        request.exceptionHandler(emitter::fail);
        request.handler(this::take);
        request.endHandler(nothing -> finish());
        request.resume();
    }

    private void take(Buffer chunk) {
        if (isGivenUp) {
            return;
        }
        received += chunk.length();
        if (received <= maxBytes) {
            body.appendBuffer(chunk);
        } else if (received > MAX_DISCARDED_BYTES) {
            isGivenUp = true;
            closeAfterAnswer(context);
            refuse();
        }
    }

    private boolean isAnnouncedBeyondReading(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH); // Netty has checked that it is a number
        return length != null && Long.parseLong(length) > Math.max(maxBytes, MAX_DISCARDED_BYTES);
    }

    private void finish() {
        if (received > maxBytes) {
            refuse();
        } else {
            emitter.complete(body.getBytes());
        }
    }

    private void refuse() {
        emitter.fail(new PushRefusedException(
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
