package dev.streamgauge.ingest.push;

import dev.streamgauge.ingest.protocol.PushError;
import dev.streamgauge.ingest.protocol.PushProtocol;
import dev.streamgauge.ingest.protocol.PushRejectedException;
import dev.streamgauge.ingest.protocol.RequestRejection;
import dev.streamgauge.ingest.push.IdempotencyKey.Parsed;
import dev.streamgauge.server.problems.RequestError;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the head of a push says about its body.
 *
 * @param parser the protocol's parser for the body
 * @param isGzip whether the body is compressed
 * @param idempotencyKey the sender's key, if it gave one
 */
record PushHead(PushProtocol.Parser parser, boolean isGzip, Optional<IdempotencyKey> idempotencyKey) {

    /**
     * Reads and checks the head.
     *
     * @throws PushRejectedException if a header is invalid or not supported
     */
    static PushHead of(PushProtocol protocol, HttpServerRequest request) {
        MultiMap headers = request.headers();
        return new PushHead(
                protocol.parserFor(request), isGzip(headers), idempotencyKey(headers.getAll(IdempotencyKey.HEADER)));
    }

    private static boolean isGzip(MultiMap headers) {
        if (!headers.contains(HttpHeaders.CONTENT_ENCODING)) {
            return false;
        }
        String contentEncoding = String.join(",", headers.getAll(HttpHeaders.CONTENT_ENCODING))
                .strip()
                .toLowerCase(Locale.ROOT);
        return switch (contentEncoding) {
            case "gzip", "x-gzip" -> true; // the same, says RFC 9110
            case "", "identity" -> false;
            default ->
                throw new PushRejectedException(RequestRejection.of(
                        415, RequestError.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding: send gzip, or none"));
        };
    }

    private static Optional<IdempotencyKey> idempotencyKey(List<String> headers) {
        return switch (IdempotencyKey.parse(headers)) {
            case Parsed.Absent absent -> Optional.empty();
            case Parsed.Present present -> Optional.of(present.key());
            case Parsed.Invalid invalid ->
                throw new PushRejectedException(RequestRejection.of(
                        400,
                        PushError.IDEMPOTENCY_KEY_INVALID,
                        "Idempotency-Key: give one, of 1 to " + IdempotencyKey.MAX_LENGTH
                                + " visible ASCII characters"));
        };
    }
}
