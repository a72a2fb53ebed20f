package dev.streamgauge.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.core.sample.Refusal;
import io.netty.handler.codec.http.HttpResponseStatus;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;

/**
 * An error as RFC 9457 wants it, with our stable reason.
 *
 * @param type a URN of the reason
 * @param title the status in words
 * @param status the HTTP status
 * @param reason the stable id, see {@code errors.md}
 * @param detail what is wrong, the limit, and the fix
 * @param errors refused samples, at most {@value #MAX_ERRORS}; left out if there are none
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Problem(String type, String title, int status, String reason, String detail, List<ErrorEntry> errors) {

    /** Most refused samples that an answer lists. */
    public static final int MAX_ERRORS = 100;

    /** The media type of a problem. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /** One refused sample. @see Refusal */
    public record ErrorEntry(int index, String reason, String message) {}

    public static Problem of(int status, Reason reason, String detail) {
        return of(status, reason, detail, List.of());
    }

    /** A problem that lists refused samples, the first {@value #MAX_ERRORS}. */
    public static Problem of(int status, Reason reason, String detail, List<Refusal> refusals) {
        return new Problem(
                "urn:streamgauge:reason:" + reason.id(),
                HttpResponseStatus.valueOf(status).reasonPhrase(),
                status,
                reason.id(),
                detail,
                entries(refusals));
    }

    /** The first refusals as an answer lists them. */
    public static List<ErrorEntry> entries(List<Refusal> refusals) {
        return refusals.stream()
                .limit(MAX_ERRORS)
                .map(refusal -> new ErrorEntry(refusal.index(), refusal.reason().id(), refusal.message()))
                .toList();
    }

    /** The answer with this problem. */
    public Response response() {
        return Response.status(status).type(MEDIA_TYPE).entity(this).build();
    }

    /** The answer with this problem, and when to try again: at least a second. */
    public Response response(Duration retryAfter) {
        long seconds = Math.max(1, retryAfter.plusMillis(999).toSeconds());
        return Response.fromResponse(response())
                .header(HttpHeaders.RETRY_AFTER, seconds)
                .build();
    }
}
