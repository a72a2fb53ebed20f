package dev.streamgauge.server;

import dev.streamgauge.core.sample.Reason;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Map;
import java.util.regex.Pattern;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Answers with a problem where Quarkus would answer without a body. */
public class ErrorMappers {

    private static final String TENANTS = "/api/v1/admin/tenants";

    /** The allowed methods besides OPTIONS, by path pattern; all other paths are read-only. */
    private static final Map<Pattern, String> ALLOWED = Map.of(
            Pattern.compile(TENANTS), "GET, HEAD, POST",
            Pattern.compile(TENANTS + "/[^/]*"), "GET, HEAD, DELETE",
            Pattern.compile(TENANTS + "/[^/]*/keys"), "GET, HEAD, POST",
            Pattern.compile(TENANTS + "/[^/]*/keys/[^/]*"), "DELETE",
            Pattern.compile(TENANTS + "/[^/]*/limits"), "GET, HEAD, PUT",
            Pattern.compile(TENANTS + "/[^/]*/reset"), "POST");

    @ServerExceptionMapper
    Response methodNotAllowed(NotAllowedException exception, UriInfo uri) {
        // A 405 must name the methods that are allowed (RFC 9110, 15.5.6), and Quarkus' exception does not.
        String allowed = ALLOWED.entrySet().stream()
                        .filter(entry -> entry.getKey().matcher(uri.getPath()).matches())
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse("GET, HEAD")
                + ", OPTIONS";
        return Response.fromResponse(Problem.of(405, Reason.METHOD_NOT_ALLOWED, "method: use one of " + allowed)
                        .response())
                .header(HttpHeaders.ALLOW, allowed)
                .build();
    }
}
