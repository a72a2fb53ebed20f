package dev.streamgauge.server.access;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.server.Problem;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;

/**
 * Why a request is denied. All requests without a valid key get the same answer, and so do all whose key does not allow
 * what they ask for: an answer never tells which part of a guess was right.
 *
 * @param status the HTTP status
 * @param reason the stable id
 * @param detail what is wrong
 */
public record AccessError(int status, Reason reason, String detail) {

    static final AccessError UNAUTHORIZED = new AccessError(
            401,
            Reason.UNAUTHORIZED,
            "Authorization: no valid key; send it as Bearer, or as the password of Basic with the tenant as user");

    static final AccessError FORBIDDEN = new AccessError(
            403,
            Reason.FORBIDDEN,
            "key: does not allow this request; a key is for one tenant and for the scopes it was created with");

    static final AccessError UNDECIDED = new AccessError(
            503,
            Reason.REDIS_UNAVAILABLE,
            "keys: cannot be checked now, since Redis does not answer or too many wait for it; try again");

    private static final String RETRY_AFTER_SECONDS = "1";

    /** Headers of the answer, beside those that every problem has. */
    public List<Map.Entry<String, String>> headers() {
        return switch (status) {
            case 401 ->
                List.of(
                        Map.entry(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"streamgauge\""),
                        Map.entry(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"streamgauge\", charset=\"UTF-8\""));
            case 503 -> List.of(Map.entry(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS));
            default -> List.of();
        };
    }

    /** The problem to answer with. */
    public Problem problem() {
        return Problem.of(status, reason, detail);
    }

    /** The answer. */
    public Response response() {
        Response.ResponseBuilder answer = Response.fromResponse(problem().response());
        headers().forEach(header -> answer.header(header.getKey(), header.getValue()));
        return answer.build();
    }
}
