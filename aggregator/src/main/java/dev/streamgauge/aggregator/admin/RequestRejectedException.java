package dev.streamgauge.aggregator.admin;

import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.server.problems.Problem;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Ends a request with a problem, at any point of its handling. */
final class RequestRejectedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient ErrorId reason;
    private final String detail;
    private final @Nullable Duration retryAfter;

    RequestRejectedException(int status, ErrorId reason, String detail) {
        this(status, reason, detail, null);
    }

    private RequestRejectedException(int status, ErrorId reason, String detail, @Nullable Duration retryAfter) {
        super(detail, null, false, false);
        this.status = status;
        this.reason = reason;
        this.detail = detail;
        this.retryAfter = retryAfter;
    }

    /** A temporary rejection: the client should retry after that time. */
    static RequestRejectedException forNow(ErrorId reason, String detail, Duration retryAfter) {
        return new RequestRejectedException(503, reason, detail, retryAfter);
    }

    Response response() {
        Problem problem = Problem.of(status, reason, detail);
        return retryAfter == null ? problem.response() : problem.response(retryAfter);
    }
}
