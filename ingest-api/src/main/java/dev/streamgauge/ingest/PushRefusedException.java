package dev.streamgauge.ingest;

import dev.streamgauge.core.sample.Reason;
import dev.streamgauge.server.Problem;
import dev.streamgauge.server.access.Refused;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.function.Supplier;

/** Ends a request with a problem, as one, from wherever in its asynchronous course that becomes clear. */
final class PushRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Reason reason;
    private final transient Supplier<Response> answer;

    PushRefusedException(int status, Reason reason, String detail) {
        this(reason, detail, () -> Problem.of(status, reason, detail).response());
    }

    private PushRefusedException(Reason reason, String detail, Supplier<Response> answer) {
        super(detail, null, false, false);
        this.reason = reason;
        this.answer = answer;
    }

    /** The sender may not push. */
    static PushRefusedException of(Refused why) {
        return new PushRefusedException(why.reason(), why.detail(), why::response);
    }

    /** A refusal that passes: the sender should come back after that time. */
    static PushRefusedException forNow(int status, Reason reason, String detail, Duration retryAfter) {
        return new PushRefusedException(
                reason, detail, () -> Problem.of(status, reason, detail).response(retryAfter));
    }

    Reason reason() {
        return reason;
    }

    Response response() {
        return answer.get();
    }
}
