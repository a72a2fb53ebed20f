package dev.streamgauge.server.access;

import dev.streamgauge.core.access.KeyRecord;
import dev.streamgauge.core.access.Scope;
import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.server.problems.Problem;
import dev.streamgauge.server.problems.RequestError;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Why a request is denied. All requests without a valid key get the same answer, which never tells which part of a guess
 * was right. A valid key learns what it lacks, and never the tenant of the key.
 *
 * @param status the HTTP status
 * @param reason the stable id
 * @param detail what is wrong
 */
public record AccessError(int status, ErrorId reason, String detail) {

    static final AccessError UNAUTHORIZED = new AccessError(
            401,
            RequestError.UNAUTHORIZED,
            "Authorization: no valid key; send it as Bearer, or as the password of Basic with the tenant as user");

    /** The administrator's key from the configuration, where the key says which tenant the request is for. */
    static final AccessError NO_TENANT_OF_ITS_OWN = forbidden(
            "streamgauge.auth.admin-key has no tenant; use a key of the tenant, or a path that names the tenant");

    static final AccessError HEADER_UNLIKE_PATH =
            forbidden(Authenticator.TENANT_HEADER + " names another tenant than the path; leave it out");

    static final AccessError TENANT_NOT_FOUND =
            new AccessError(404, RequestError.NOT_FOUND, "tenant in the path: does not exist");

    /** No administrator is configured. */
    public static final AccessError ADMIN_API_OFF =
            new AccessError(404, RequestError.NOT_FOUND, "admin API: off, since streamgauge.auth.admin-key is not set");

    static final AccessError UNDECIDED =
            new AccessError(503, RequestError.REDIS_UNAVAILABLE, "keys: cannot be checked now; try again");

    private static final String RETRY_AFTER_SECONDS = "1";

    /** The key has neither the scope, nor one that includes it. */
    static AccessError scopeMissing(Scope needed, KeyRecord key) {
        return forbidden("the scope " + needed.id() + " is needed; the key has " + ids(key));
    }

    /** The key may not read the tenant that the path names. */
    static AccessError otherTenantInPath(KeyRecord key) {
        return forbidden("it is for another tenant than the path names; to read any tenant, the scope "
                + Scope.QUERY_ALL.id() + " is needed; the key has " + ids(key)
                + (key.scopes().contains(Scope.ADMIN)
                        ? ", which is for its own tenant only, since streamgauge.auth.admin-key is not set"
                        : ""));
    }

    /** The key may do this, but a part of the request names another tenant. */
    static AccessError otherTenantThan(String part) {
        return forbidden("it is for another tenant than " + part + " names");
    }

    /** The key may not read the metrics and the status of a process. */
    static AccessError notOfAnOperator(KeyRecord key) {
        return forbidden("streamgauge.auth.metrics-key is needed, or the scope admin while the admin API is on; the key"
                + " has " + ids(key));
    }

    private static AccessError forbidden(String detail) {
        return new AccessError(403, RequestError.FORBIDDEN, "key: " + detail);
    }

    private static String ids(KeyRecord key) {
        return key.scopes().stream().sorted().map(Scope::id).collect(Collectors.joining(", "));
    }

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
