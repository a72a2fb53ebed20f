package dev.streamgauge.server.problems;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.core.sample.SampleRejection;
import io.netty.handler.codec.http.HttpResponseStatus;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;

/**
 * An error in the format of RFC 9457, with our stable reason.
 *
 * @param type a URN of the reason
 * @param title the status in words
 * @param status the HTTP status
 * @param reason the stable id, see {@code errors.md}
 * @param detail what is wrong, the limit, and the fix
 * @param errors the first rejected samples, at most {@value #MAX_ERRORS}; left out if there are none
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Problem(String type, String title, int status, String reason, String detail, List<ErrorEntry> errors) {

    /** Maximum number of rejected samples in an answer. */
    public static final int MAX_ERRORS = 100;

    /** The media type of a problem. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /** One rejected sample. @see SampleRejection */
    public record ErrorEntry(int index, String reason, String message) {}

    public static Problem of(int status, ErrorId reason, String detail) {
        return of(status, reason, detail, List.of());
    }

    /** A problem that lists rejected samples, the first {@value #MAX_ERRORS}. */
    public static Problem of(int status, ErrorId reason, String detail, List<SampleRejection> rejections) {
        return new Problem(
                "urn:streamgauge:reason:" + reason.id(),
                HttpResponseStatus.valueOf(status).reasonPhrase(),
                status,
                reason.id(),
                detail,
                entries(rejections));
    }

    /** The first rejections as an answer lists them. */
    public static List<ErrorEntry> entries(List<SampleRejection> rejections) {
        return rejections.stream()
                .limit(MAX_ERRORS)
                .map(rejection ->
                        new ErrorEntry(rejection.index(), rejection.reason().id(), rejection.message()))
                .toList();
    }

    /** The answer with this problem. */
    public Response response() {
        return Response.status(status).type(MEDIA_TYPE).entity(this).build();
    }

    /** The answer with this problem and a {@code Retry-After}, rounded up to seconds and at least 1. */
    public Response response(Duration retryAfter) {
        long seconds = Math.max(1, retryAfter.plusMillis(999).toSeconds());
        return Response.fromResponse(response())
                .header(HttpHeaders.RETRY_AFTER, seconds)
                .build();
    }
}
