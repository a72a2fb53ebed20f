package dev.streamgauge.ingest.protocol;

import dev.streamgauge.core.sample.ErrorId;
import dev.streamgauge.server.access.AccessError;
import io.vertx.core.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Why a request is rejected as a whole.
 *
 * @param status the HTTP status
 * @param reason the stable id
 * @param detail what is wrong, the limit, and the fix
 * @param headers of the answer, whatever the protocol
 */
public record RequestRejection(int status, ErrorId reason, String detail, List<Map.Entry<String, String>> headers) {

    /** A rejection that the same request would get again. */
    public static RequestRejection of(int status, ErrorId reason, String detail) {
        return new RequestRejection(status, reason, detail, List.of());
    }

    /** The sender may not push. */
    public static RequestRejection of(AccessError why) {
        return new RequestRejection(why.status(), why.reason(), why.detail(), why.headers());
    }

    /** A temporary rejection: the sender should retry after that time, at least a second. */
    public static RequestRejection forNow(int status, ErrorId reason, String detail, Duration retryAfter) {
        long seconds = Math.max(1, retryAfter.plusMillis(999).toSeconds());
        return new RequestRejection(
                status, reason, detail, List.of(Map.entry(HttpHeaders.RETRY_AFTER.toString(), Long.toString(seconds))));
    }
}
