package dev.streamgauge.server.problems;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Answers with a problem on routes that do not use JAX-RS. */
@ApplicationScoped
public class ProblemAnswers {

    private final ObjectMapper json;

    public ProblemAnswers(ObjectMapper json) {
        this.json = json;
    }

    /** Answers with this problem and a {@code Retry-After}, a whole number of seconds. */
    public void send(RoutingContext exchange, Problem problem, Duration retryAfter) {
        exchange.response().putHeader(HttpHeaders.RETRY_AFTER, Long.toString(retryAfter.toSeconds()));
        send(exchange, problem);
    }

    /** Answers with this problem and these additional headers. */
    public void send(RoutingContext exchange, Problem problem, List<Map.Entry<String, String>> headers) {
        headers.forEach(header -> exchange.response().headers().add(header.getKey(), header.getValue()));
        send(exchange, problem);
    }

    /** Answers with this problem. */
    public void send(RoutingContext exchange, Problem problem) {
        Buffer body = Buffer.buffer(encode(problem));
        HttpServerResponse response = exchange.response()
                .setStatusCode(problem.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE)
                .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
        if (exchange.request().method().equals(HttpMethod.HEAD)) {
            response.end();
        } else {
            response.end(body);
        }
    }

    /** The problem as the JSON of a body. */
    public byte[] encode(Problem problem) {
        try {
            return json.writeValueAsBytes(problem);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers and texts is always JSON", e);
        }
    }
}
