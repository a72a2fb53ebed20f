package dev.streamgauge.server.access;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.server.Problem;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;

/**
 * Why a caller gets nothing. All who are not let in get the same answer, and so do all who are known and may not do what
 * they ask for: no answer says which part of a guess was right.
 *
 * @param status to answer with
 * @param reason the stable id
 * @param detail what is wrong
 */
public record AccessError(int status, Reason reason, String detail) {

    static final AccessError UNAUTHORIZED = new AccessError(
            401,
            Reason.UNAUTHORIZED,
            "Authorization: no key that is valid; send it as Bearer, or as the password of Basic with the tenant as user");

    static final AccessError FORBIDDEN = new AccessError(
            403, Reason.FORBIDDEN, "key: it is not for this; it names one tenant, and has the scopes it was made with");

    static final AccessError UNCERTAIN =
            new AccessError(503, Reason.REDIS_UNAVAILABLE, "keys: Redis cannot be asked for them now; try again");

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
