package dev.streamgauge.ingest.rejection;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.server.access.AccessError;
import dev.streamgauge.server.problems.Problem;
import io.vertx.core.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Rejects a request as a whole, at any point of its asynchronous processing. */
public final class PushRejectedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;
    private final Reason reason;
    private final transient List<Map.Entry<String, String>> headers;

    public PushRejectedException(int status, Reason reason, String detail) {
        this(Problem.of(status, reason, detail), reason, List.of());
    }

    private PushRejectedException(Problem problem, Reason reason, List<Map.Entry<String, String>> headers) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
        this.reason = reason;
        this.headers = headers;
    }

    /** The sender may not push. */
    public static PushRejectedException of(AccessError why) {
        return new PushRejectedException(why.problem(), why.reason(), why.headers());
    }

    /** A temporary rejection: the sender should retry after that time, at least a second. */
    public static PushRejectedException forNow(int status, Reason reason, String detail, Duration retryAfter) {
        long seconds = Math.max(1, retryAfter.plusMillis(999).toSeconds());
        return new PushRejectedException(
                Problem.of(status, reason, detail),
                reason,
                List.of(Map.entry(HttpHeaders.RETRY_AFTER.toString(), Long.toString(seconds))));
    }

    public Reason reason() {
        return reason;
    }

    /** What to answer. */
    public Problem problem() {
        return problem;
    }

    /** Headers of the answer, besides those that every problem has. */
    public List<Map.Entry<String, String>> headers() {
        return headers;
    }
}
