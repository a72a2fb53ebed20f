package dev.streamgauge.server;

import dev.streamgauge.core.sample.Reason;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Answers with a problem where Quarkus would answer without a body. */
public class ErrorMappers {

    /** The one path that is pushed to; all others are read. */
    private static final String PUSH_PATH = "/api/v1/metrics";

    @ServerExceptionMapper
    Response methodNotAllowed(NotAllowedException exception, UriInfo uri) {
        // A 405 must name the methods that are allowed (RFC 9110, 15.5.6), and Quarkus' exception does not.
        String allowed = uri.getPath().equals(PUSH_PATH) ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
        return Response.fromResponse(Problem.of(405, Reason.METHOD_NOT_ALLOWED, "method: use one of " + allowed)
                        .response())
                .header(HttpHeaders.ALLOW, allowed)
                .build();
    }
}
