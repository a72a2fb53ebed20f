package dev.streamgauge.aggregator.admin;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streamgauge.server.problems.RequestError;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** The body of a request to the admin API: one JSON object without unknown fields. */
final class AdminBody {

    /** Far more than any request has. */
    private static final int MAX_BYTES = 64 * 1024;

    /** Bytes that are read and discarded before an answer is sent. */
    private static final int MAX_DISCARDED_BYTES = 1 << 20;

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final JsonNode root;

    private AdminBody(JsonNode root) {
        this.root = root;
    }

    /** Reads a body, bounded in size and time. Fails with {@link RequestRejectedException}. */
    static Uni<byte[]> read(HttpServerRequest request) {
        return Uni.createFrom()
                .<byte[]>emitter(emitter -> start(request, emitter))
                .ifNoItem()
                .after(TIMEOUT)
                .failWith(() -> {
                    closeAfterAnswer(request);
                    return new RequestRejectedException(
                            408,
                            RequestError.REQUEST_TIMEOUT,
                            "body: not complete within " + TIMEOUT.toSeconds() + " s");
                });
    }

    /**
     * A body over its limit is read to its end and discarded if that is cheap: the client is still writing, and would
     * not see an earlier answer.
     */
    private static void start(HttpServerRequest request, UniEmitter<? super byte[]> emitter) {
        Buffer body = Buffer.buffer();
        AtomicLong received = new AtomicLong();
        RequestRejectedException tooLarge = new RequestRejectedException(
                413, RequestError.REQUEST_TOO_LARGE, "body: more than " + MAX_BYTES + " bytes");
        request.exceptionHandler(emitter::fail);
        request.handler(chunk -> {
            if (received.addAndGet(chunk.length()) <= MAX_BYTES) {
                body.appendBuffer(chunk);
            } else if (received.get() > MAX_DISCARDED_BYTES) {
                closeAfterAnswer(request);
                emitter.fail(tooLarge);
            }
        });
        request.endHandler(nothing -> {
            if (received.get() <= MAX_BYTES) {
                emitter.complete(body.getBytes());
            } else {
                emitter.fail(tooLarge);
            }
        });
        request.resume();
    }

    private static void closeAfterAnswer(HttpServerRequest request) {
        request.pause();
        if (request.version() != HttpVersion.HTTP_2) { // which shares its connection, and ends the request alone
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
    }

    /** Parses a body that has only the given fields. */
    static AdminBody parse(byte[] body, Optional<String> contentType, String... known) {
        checkContentType(contentType);
        JsonNode root;
        try {
            root = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            String where =
                    e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr();
            // Without the parser's message, which quotes the body.
            throw new RequestRejectedException(
                    400, AdminError.INVALID_JSON, "body: no JSON in UTF-8, or a field twice" + where);
        } catch (IOException e) {
            throw new RequestRejectedException(400, AdminError.INVALID_JSON, "body: no JSON in UTF-8");
        }
        if (!root.isObject()) {
            throw new RequestRejectedException(400, AdminError.INVALID_JSON, "body: a JSON object expected");
        }
        List<String> fields = Arrays.asList(known);
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            if (!fields.contains(field.getKey())) {
                throw new RequestRejectedException(
                        400,
                        AdminError.UNKNOWN_FIELD,
                        "body: a field that is not known; there are " + String.join(", ", fields));
            }
        }
        return new AdminBody(root);
    }

    private static void checkContentType(Optional<String> contentType) {
        String type =
                contentType.orElse("application/json").toLowerCase(Locale.ROOT).replace(" ", "");
        if (!List.of("application/json", "application/json;charset=utf-8", "application/json;charset=\"utf-8\"")
                .contains(type)) {
            throw new RequestRejectedException(
                    415, RequestError.UNSUPPORTED_MEDIA_TYPE, "Content-Type: application/json in UTF-8 expected");
        }
    }

    /** A field that must be there. */
    JsonNode required(String field) {
        return find(field)
                .orElseThrow(() -> new RequestRejectedException(400, AdminError.MISSING_FIELD, field + ": missing"));
    }

    /** A field that may be there. */
    Optional<JsonNode> find(String field) {
        return Optional.ofNullable(root.get(field));
    }

    /** The fields with their values. */
    Map<String, JsonNode> fields() {
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        root.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
        return fields;
    }

    /** A text. */
    static String text(String field, JsonNode value) {
        if (!value.isTextual()) {
            throw invalid(field, "a string expected");
        }
        return value.textValue();
    }

    /** The rejection of a field with an invalid value. */
    static RequestRejectedException invalid(String field, String expected) {
        return new RequestRejectedException(400, AdminError.VALUE_INVALID, field + ": " + expected);
    }
}
