package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.ingest.IdempotencyKey.Parsed;
import io.vertx.core.MultiMap;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.Payload;
import jakarta.validation.Validator;
import jakarta.validation.constraints.AssertTrue;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * The envelope of a push: what its headers say of the body. Bean Validation guards it; the samples inside have rules of
 * their own.
 *
 * @param contentType as sent; empty for none, which is JSON
 * @param contentEncoding as sent; empty for none
 * @param idempotencyKeys every such header
 */
record PushHeaders(String contentType, String contentEncoding, List<String> idempotencyKeys) {

    private static final String LINES = "application/x-ndjson";
    private static final String JSON = "application/json";

    /** The body's type or encoding is none that we read: 415. */
    interface MediaTypeUnsupported extends Payload {}

    /** The idempotency key is none: 400. */
    interface IdempotencyKeyInvalid extends Payload {}

    /**
     * Reads and checks the headers.
     *
     * @throws PushRefusedException if one asks for what we do not understand
     */
    static PushHeaders of(MultiMap headers, Validator validator) {
        String contentType = Objects.requireNonNullElse(headers.get("Content-Type"), "");
        PushHeaders read = new PushHeaders(
                contentType.strip().toLowerCase(Locale.ROOT),
                String.join(",", headers.getAll("Content-Encoding")).strip().toLowerCase(Locale.ROOT),
                headers.getAll(IdempotencyKey.HEADER));
        validator.validate(read).stream()
                .min(Comparator.comparing(
                        violation -> violation.getPropertyPath().toString()))
                .ifPresent(violation -> {
                    throw refusal(violation);
                });
        return read;
    }

    private static PushRefusedException refusal(ConstraintViolation<PushHeaders> violation) {
        boolean key = violation.getConstraintDescriptor().getPayload().contains(IdempotencyKeyInvalid.class);
        return key
                ? new PushRefusedException(400, Reason.IDEMPOTENCY_KEY_INVALID, violation.getMessage())
                : new PushRefusedException(415, Reason.UNSUPPORTED_MEDIA_TYPE, violation.getMessage());
    }

    @AssertTrue(
            message = "Content-Type: send application/json or application/x-ndjson, in UTF-8",
            payload = MediaTypeUnsupported.class)
    public boolean isContentTypeRead() {
        String[] parts = contentType.split(";", -1);
        String mediaType = parts[0].strip();
        boolean utf8 = Arrays.stream(parts)
                .skip(1)
                .map(String::strip)
                .filter(parameter -> parameter.startsWith("charset="))
                .allMatch(parameter -> parameter.matches("charset=\"?utf-?8\"?"));
        return contentType.isEmpty() || (utf8 && (mediaType.equals(JSON) || mediaType.equals(LINES)));
    }

    @AssertTrue(message = "Content-Encoding: send gzip, or none", payload = MediaTypeUnsupported.class)
    public boolean isContentEncodingRead() {
        return isGzip() || contentEncoding.isEmpty() || contentEncoding.equals("identity");
    }

    @AssertTrue(
            message = "Idempotency-Key: give one, of 1 to " + IdempotencyKey.MAX_LENGTH + " visible ASCII characters",
            payload = IdempotencyKeyInvalid.class)
    public boolean isIdempotencyKeyRead() {
        return !(IdempotencyKey.parse(idempotencyKeys) instanceof Parsed.Invalid);
    }

    /** Whether the body holds a sample a line (NDJSON) rather than one JSON document. */
    boolean isLines() {
        return contentType.startsWith(LINES);
    }

    boolean isGzip() {
        return contentEncoding.equals("gzip");
    }

    /** The sender's key, if it gave one. */
    Optional<IdempotencyKey> idempotencyKey() {
        return IdempotencyKey.parse(idempotencyKeys) instanceof Parsed.Present(IdempotencyKey key)
                ? Optional.of(key)
                : Optional.empty();
    }
}
