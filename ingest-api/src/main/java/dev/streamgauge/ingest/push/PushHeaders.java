package dev.streamgauge.ingest.push;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.ingest.push.IdempotencyKey.Parsed;
import dev.streamgauge.ingest.rejection.PushRejectedException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * The headers of a push that describe its body.
 *
 * @param isLines whether the body has one sample per line (NDJSON) rather than being one JSON document
 * @param isGzip whether the body is compressed
 * @param idempotencyKey the sender's key, if it gave one
 */
record PushHeaders(boolean isLines, boolean isGzip, Optional<IdempotencyKey> idempotencyKey) {

    private static final String LINES = "application/x-ndjson";
    private static final String JSON = "application/json";

    /**
     * Reads and checks the headers.
     *
     * @throws PushRejectedException if a header is invalid or not supported
     */
    static PushHeaders of(MultiMap headers) {
        String contentType = mediaType(Objects.requireNonNullElse(headers.get(HttpHeaders.CONTENT_TYPE), ""));
        String contentEncoding = headers.contains(HttpHeaders.CONTENT_ENCODING)
                ? String.join(",", headers.getAll(HttpHeaders.CONTENT_ENCODING))
                        .strip()
                        .toLowerCase(Locale.ROOT)
                : "";
        return new PushHeaders(
                contentType.equals(LINES),
                isGzip(contentEncoding),
                idempotencyKey(headers.getAll(IdempotencyKey.HEADER)));
    }

    /** One of the two media types; none given is JSON. */
    private static String mediaType(String contentType) {
        if (contentType.equals(JSON) || contentType.isBlank()) {
            return JSON; // as nearly all say it
        }
        String[] parts = contentType.strip().toLowerCase(Locale.ROOT).split(";", -1);
        String mediaType = parts[0].strip();
        boolean isUtf8 = Arrays.stream(parts)
                .skip(1)
                .map(String::strip)
                .filter(parameter -> parameter.startsWith("charset="))
                .allMatch(parameter -> parameter.matches("charset=\"?utf-?8\"?"));
        if (!isUtf8 || !(mediaType.equals(JSON) || mediaType.equals(LINES))) {
            throw new PushRejectedException(
                    415,
                    Reason.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Type: send application/json or application/x-ndjson, in UTF-8");
        }
        return mediaType;
    }

    private static boolean isGzip(String contentEncoding) {
        return switch (contentEncoding) {
            case "gzip", "x-gzip" -> true; // the same, says RFC 9110
            case "", "identity" -> false;
            default ->
                throw new PushRejectedException(
                        415, Reason.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding: send gzip, or none");
        };
    }

    private static Optional<IdempotencyKey> idempotencyKey(List<String> headers) {
        return switch (IdempotencyKey.parse(headers)) {
            case Parsed.Absent absent -> Optional.empty();
            case Parsed.Present present -> Optional.of(present.key());
            case Parsed.Invalid invalid ->
                throw new PushRejectedException(
                        400,
                        Reason.IDEMPOTENCY_KEY_INVALID,
                        "Idempotency-Key: give one, of 1 to " + IdempotencyKey.MAX_LENGTH
                                + " visible ASCII characters");
        };
    }
}
