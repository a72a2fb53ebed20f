package dev.streamgauge.ingest.protocol;

import dev.streamgauge.core.tenant.TenantLimits;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.time.Instant;
import java.util.List;

/**
 * A way to push samples: which requests it takes, how a body becomes samples, and how a result becomes an answer.
 * Everything else is the same for all protocols: who may push, the limits and the decompression of a body, admission,
 * idempotency, counting.
 *
 * <p>An implementation is a CDI bean, which registers it. Its methods may be called on several threads at the same time,
 * must not block, and do not throw, except where it is said.
 */
public interface PushProtocol {

    /** The requests that it takes. No two protocols take the same. Called once, at start. */
    List<Endpoint> endpoints();

    /**
     * A method and a path.
     *
     * @param path as a Vert.x route has it; {@code :name} stands for a segment
     */
    record Endpoint(HttpMethod method, String path) {}

    /**
     * The parser for the body of a request, which has not been read yet. Called on the event loop.
     *
     * @param head the request; only its method, path and headers may be read
     * @throws PushRejectedException if the protocol does not take what the head announces
     */
    Parser parserFor(HttpServerRequest head);

    /** Turns a body into samples. */
    @FunctionalInterface
    interface Parser {

        /**
         * Parses and validates a body: on the event loop if it is small, otherwise on a thread for this. A result holds
         * on to no part of the body.
         *
         * @param body decompressed
         * @param limits those of the tenant
         * @param now the time by which timestamps are validated
         */
        ParsedPush parse(byte[] body, TenantLimits limits, Instant now);
    }

    /** The answer to a push that ended with that result. */
    PushAnswer answer(PushResult result);
}
