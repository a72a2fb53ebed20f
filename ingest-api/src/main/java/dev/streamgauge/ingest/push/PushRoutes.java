package dev.streamgauge.ingest.push;

import dev.streamgauge.ingest.protocol.PushAnswer;
import dev.streamgauge.ingest.protocol.PushProtocol;
import dev.streamgauge.ingest.protocol.PushResult;
import io.quarkus.arc.All;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * The routes of all push protocols. They are plain Vert.x routes with Vert.x futures, because Quarkus REST and a chain
 * of Unis would double the cost of a small push.
 */
@Singleton
final class PushRoutes {

    private static final Logger LOG = Logger.getLogger(PushRoutes.class);

    private final List<PushProtocol> protocols;
    private final PushPipeline pipeline;
    private final PushMetrics metrics;

    PushRoutes(@All List<PushProtocol> protocols, PushPipeline pipeline, PushMetrics metrics) {
        this.protocols = protocols;
        this.pipeline = pipeline;
        this.metrics = metrics;
    }

    void register(@Observes Router router) {
        protocols.forEach(protocol -> add(router, protocol));
    }

    /** Adds the routes of a protocol. */
    void add(Router router, PushProtocol protocol) {
        for (PushProtocol.Endpoint endpoint : protocol.endpoints()) {
            router.route(endpoint.method(), endpoint.path()).handler(exchange -> push(protocol, exchange));
        }
    }

    private void push(PushProtocol protocol, RoutingContext exchange) {
        long start = System.nanoTime();
        exchange.request().pause(); // until the body is read
        pipeline.push(protocol, exchange).onComplete(ended -> {
            if (ended.succeeded()) {
                answer(protocol, exchange, ended.result(), start);
            } else {
                fail(exchange, ended.cause(), start);
            }
        });
    }

    private void answer(PushProtocol protocol, RoutingContext exchange, PushResult result, long start) {
        PushAnswer answer = protocol.answer(result);
        HttpServerResponse response = exchange.response();
        switch (result) {
            case PushResult.RequestRejected request -> {
                metrics.rejectedRequest(request.rejection().reason());
                BodyReader.discardRest(exchange);
                request.rejection()
                        .headers()
                        .forEach(header -> response.headers().add(header.getKey(), header.getValue()));
            }
            case PushResult.Replayed replayed -> response.putHeader("Idempotency-Replayed", "true");
            case PushResult.Stored stored -> {}
            case PushResult.AllRejected all -> {}
        }
        measure(answer.status(), start);
        response.setStatusCode(answer.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, answer.mediaType())
                .end(Buffer.buffer(answer.body()));
    }

    private void measure(int status, long start) {
        metrics.answered(status, Duration.ofNanos(System.nanoTime() - start));
    }

    private void fail(RoutingContext exchange, Throwable thrown, long start) {
        if (thrown instanceof HttpClosedException || thrown instanceof StreamResetException) {
            LOG.debugf("push state=abandoned message=%s", thrown.getMessage()); // the client has gone
        } else {
            measure(500, start);
            exchange.fail(thrown);
        }
    }
}
